namespace OrleansAnalytics.Partitions;

/// <summary>One of a group of flushes, and the answer.</summary>
/// <param name="lane">The entity.</param>
/// <param name="partition">The asking partition.</param>
/// <param name="expected">See <see cref="FlushRequest.Expected"/>.</param>
public sealed class EntityFlush(EntityLane lane, int partition, long expected) : FlushRequest(partition, expected)
{
    private FlushGroup? _group;

    /// <summary>The entity.</summary>
    public EntityLane Lane => lane;

    /// <summary>What it said; meaningful once the channel has completed.</summary>
    public FlushAnswer Answer
    {
        get => Said ?? default;
        set => Said = value;
    }

    /// <summary>Makes the flush part of a group that waits for it.</summary>
    internal void Join(FlushGroup group) => _group = group;

    /// <inheritdoc/>
    internal override void Complete(Exception? failure) => _group!.Complete(failure);
}

/// <summary>Flushes that are waited for together: one promise for all of them.</summary>
internal sealed class FlushGroup
{
    private readonly TaskCompletionSource _done = new();
    private Exception? _failure;

    // One more than are under way, until all are added.
    private int _open = 1;

    /// <summary>Asks an entity here; false, and nothing done, if it is not here any more.</summary>
    public bool TryAdd(EntityFlush flush, LocalEntity entity)
    {
        flush.Join(this);
        Interlocked.Increment(ref _open);
        if (entity.TryFlush(flush))
        {
            return true;
        }

        Interlocked.Decrement(ref _open);
        return false;
    }

    /// <summary>One of the flushes has its answer, or has failed.</summary>
    public void Complete(Exception? failure)
    {
        if (failure is not null)
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
        }

        if (Interlocked.Decrement(ref _open) == 0)
        {
            _done.SetResult();
        }
    }

    /// <summary>Completes when all that were added have their answer; throws the first failure then.</summary>
    public async ValueTask DrainAsync()
    {
        Complete(null);
        await _done.Task;
        if (_failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
        }
    }
}
