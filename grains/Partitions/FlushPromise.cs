namespace OrleansAnalytics.Partitions;

/// <summary>A flush that waits for a write, in a list of those that do.</summary>
/// <param name="partition">The asking partition.</param>
/// <param name="expected">The position that must be saved at least.</param>
/// <param name="next">The rest of the list.</param>
internal sealed class FlushPromise(int partition, long expected, FlushPromise? next)
{
    private readonly TaskCompletionSource<FlushAnswer> _kept = new();

    /// <summary>The asking partition.</summary>
    public int Partition => partition;

    /// <summary>The position that must be saved at least.</summary>
    public long Expected => expected;

    /// <summary>The rest of the list.</summary>
    public FlushPromise? Next { get; private set; } = next;

    /// <summary>What is to be said; null while that is open.</summary>
    public FlushAnswer? Answer { get; set; }

    /// <summary>Completes when the promise is kept.</summary>
    public Task<FlushAnswer> Task => _kept.Task;

    /// <summary>Parts a list into the promises that are still open and those that have an answer.</summary>
    public static (FlushPromise? Open, FlushPromise? Answered) Part(FlushPromise? list)
    {
        (FlushPromise? open, FlushPromise? answered) = (null, null);
        while (list is not null)
        {
            var promise = list;
            list = promise.Next;
            if (promise.Answer is null)
            {
                (promise.Next, open) = (open, promise);
            }
            else
            {
                (promise.Next, answered) = (answered, promise);
            }
        }

        return (open, answered);
    }

    /// <summary>Gives everyone in the list their answer, or all the same failure.</summary>
    public static void Keep(FlushPromise? list, Exception? failure)
    {
        for (; list is not null; list = list.Next)
        {
            if (failure is null)
            {
                list._kept.SetResult(list.Answer!.Value);
            }
            else
            {
                list._kept.SetException(failure);
            }
        }
    }
}
