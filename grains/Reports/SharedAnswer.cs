namespace OrleansAnalytics.Reports;

/// <summary>
/// Lets many callers share one costly computation: an answer is given to everyone who asks within <c>maxAge</c> of its start, and to those who asked
/// before it started. So one computation runs at a time however many wait, nobody waits for more than two, and nobody gets an answer that is
/// older. A failure is shared only with those who waited for it. For use on one scheduler, as in a reentrant grain; not thread-safe.
/// </summary>
/// <param name="compute">Computes the answer.</param>
/// <param name="maxAge">How old a shared answer may be, counted from the start of its computation.</param>
/// <param name="time">The clock.</param>
public sealed class SharedAnswer<T>(Func<Task<T>> compute, TimeSpan maxAge, TimeProvider time)
{
    private Task<T>? _latest;
    private long _latestStarted;

    /// <summary>An answer that is fresh enough.</summary>
    public async Task<T> GetAsync()
    {
        var asked = time.GetTimestamp();
        while (_latest is { } latest)
        {
            var failed = latest.IsCompleted && !latest.IsCompletedSuccessfully;
            var startedSince = _latestStarted >= asked && !failed;
            if (startedSince || (!failed && time.GetElapsedTime(_latestStarted) <= maxAge))
            {
                return await latest;
            }

            if (latest.IsCompleted)
            {
                break;
            }

            // Too old to share and still under way: starting another beside it would pile up work on partitions that are slow already.
            // Its failure is not this caller's, so only its end is awaited.
            await Task.WhenAny(latest);
        }

        var started = time.GetTimestamp();
        var next = compute();
        (_latest, _latestStarted) = (next, started);
        return await next;
    }
}
