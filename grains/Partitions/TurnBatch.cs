namespace OrleansAnalytics.Partitions;

/// <summary>
/// Turns queued on many activations, with one promise for all of them: a promise for each would cost as much as the turn. A delivery is answered
/// only after its turn has run.
/// </summary>
/// <param name="calls">The way to an entity whose activation is going when its turn comes.</param>
internal sealed class TurnBatch(IEntityChannel calls)
{
    private static readonly Action<object> Run = static turn => ((Turn)turn).Run();

    private readonly TaskCompletionSource _allDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _failure;

    // One more than the turns, taken away when all are queued: so it cannot reach 0 before.
    private int _left = 1;

    /// <summary>Queues a turn that applies the delivery.</summary>
    public void Enqueue(ILocalEntity entity, EntityDelivery delivery)
    {
        Interlocked.Increment(ref _left);
        entity.Enqueue(Run, new Turn(this, entity, delivery));
    }

    /// <summary>Completes when all turns have run; throws the first failure.</summary>
    public async Task CompleteAsync()
    {
        Done(failure: null);
        await _allDone.Task;
    }

    private void Done(Exception? failure)
    {
        if (failure is not null)
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
        }

        if (Interlocked.Decrement(ref _left) > 0)
        {
            return;
        }

        if (_failure is { } first)
        {
            _allDone.TrySetException(first);
        }
        else
        {
            _allDone.TrySetResult();
        }
    }

    private async Task CallAsync(EntityDelivery delivery)
    {
        try
        {
            delivery.Answer = await calls.ApplyAsync(delivery.Lane, delivery.Slice);
            Done(failure: null);
        }
        catch (Exception exception)
        {
            Done(exception);
        }
    }

    private sealed class Turn(TurnBatch batch, ILocalEntity entity, EntityDelivery delivery)
    {
        public void Run()
        {
            if (!entity.IsHere)
            {
                _ = batch.CallAsync(delivery);
                return;
            }

            Exception? failure = null;
            try
            {
                delivery.Answer = entity.Apply(delivery.Slice);
            }
            catch (Exception exception)
            {
                failure = exception;
            }

            batch.Done(failure);
        }
    }
}
