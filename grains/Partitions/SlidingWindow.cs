namespace OrleansAnalytics.Partitions;

/// <summary>Keeps a bounded number of calls under way and handles their answers in the order of the calls.</summary>
/// <typeparam name="TItem">What a call is about.</typeparam>
/// <typeparam name="TAnswer">What it answers.</typeparam>
/// <param name="limit">Calls under way at the most.</param>
/// <param name="onAnswer">Takes an answer; may throw.</param>
public sealed class SlidingWindow<TItem, TAnswer>(int limit, Action<TItem, TAnswer> onAnswer)
{
    private readonly Queue<(TItem Item, ValueTask<TAnswer> Call)> _underWay = new();

    /// <summary>Adds a call, first waiting for the oldest if there are too many.</summary>
    public async ValueTask AddAsync(TItem item, ValueTask<TAnswer> call)
    {
        _underWay.Enqueue((item, call));
        if (_underWay.Count >= limit)
        {
            await HandleOldestAsync();
        }
    }

    /// <summary>Waits for all calls; if one failed or its answer was refused, still waits for the others and throws the first failure.</summary>
    public async ValueTask DrainAsync()
    {
        Exception? failure = null;
        while (_underWay.Count > 0)
        {
            try
            {
                await HandleOldestAsync();
            }
            catch (Exception exception)
            {
                failure ??= exception;
            }
        }

        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }

    private async ValueTask HandleOldestAsync()
    {
        var (item, call) = _underWay.Dequeue();
        onAnswer(item, await call);
    }
}
