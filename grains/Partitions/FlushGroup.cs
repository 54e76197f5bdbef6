using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// Flushes that are waited for together: one promise for all of them. A group serves again, because every lane that is being saved refers to one: young groups would make the
/// collector look through as many old lanes.
/// </summary>
internal sealed class FlushGroup
{
    // As many as were under way at the same time.
    private static readonly ConcurrentQueue<FlushGroup> Spare = new();

    private TaskCompletionSource _done = new();
    private Exception? _failure;

    // One more than are under way, until all are added.
    private int _open = 1;

    /// <summary>A group without flushes; to be given back by <see cref="DrainAsync"/>.</summary>
    public static FlushGroup Take() => Spare.TryDequeue(out var group) ? group : new FlushGroup();

    /// <summary>Asks an entity here; false, and nothing done, if it is not here any more.</summary>
    public bool TryAdd(EntityLane flush, LocalEntity entity)
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

    /// <summary>Completes when all that were added have their answer; throws the first failure then. The group is nobody's any more after that.</summary>
    public async ValueTask DrainAsync()
    {
        Complete(null);
        await _done.Task.ConfigureAwait(false);
        var failure = _failure;
        (_done, _failure, _open) = (new TaskCompletionSource(), null, 1);
        Spare.Enqueue(this);
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }
}
