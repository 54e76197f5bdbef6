namespace OrleansAnalytics.Cli;

/// <summary>
/// Things to be done at a steady rate, each at its own intended time, whatever became of those before it. Latencies count from the intended time, so what
/// has to wait because the server is slow counts its waiting too (no coordinated omission).
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="perSecond">How many a second.</param>
/// <param name="duration">How long.</param>
internal sealed class OpenLoop(TimeProvider time, double perSecond, TimeSpan duration)
{
    private long _next;
    private long _begunAt;

    /// <summary>How many are to be done.</summary>
    public long Total { get; } = (long)Math.Ceiling(Math.Round(perSecond * duration.TotalSeconds, 6));

    /// <summary>How many were begun.</summary>
    public long Begun => Math.Min(Interlocked.Read(ref _next), Total);

    /// <summary>How many should have been begun when it ended and were not, as all workers were busy.</summary>
    public long NeverBegun { get; private set; }

    /// <summary>When the first one is intended.</summary>
    public DateTimeOffset Start { get; private set; }

    /// <summary>From latencies of the intended time to the answer.</summary>
    public LatencyHistogram Latencies { get; } = new();

    /// <summary>The time since the start.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_begunAt);

    /// <summary>When one is intended, after the start.</summary>
    public TimeSpan Due(long number) => TimeSpan.FromTicks((long)(number / perSecond * TimeSpan.TicksPerSecond));

    /// <summary>
    /// Does them, and completes when the duration is over or it is stopped, and all that were begun have ended. Those whose time came but that no worker was
    /// free for are counted with the latency they have by then: they would have had more.
    /// </summary>
    /// <param name="workers">How many may be under way at the same time.</param>
    /// <param name="prepare">Makes one ready before its time; called in order, one at a time.</param>
    /// <param name="act">Does one at its time; answers whether its latency counts.</param>
    /// <param name="stop">Ends it early: no further one begins.</param>
    public async Task RunAsync<T>(int workers, Func<long, DateTimeOffset, T> prepare, Func<T, Task<bool>> act, CancellationToken stop)
    {
        Start = time.GetUtcNow();
        _begunAt = time.GetTimestamp();
        var order = new Lock();
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(WorkAsync, CancellationToken.None))).ConfigureAwait(false);
        var end = Elapsed < duration ? Elapsed : duration;
        for (var number = Begun; number < Total && Due(number) < end; number++)
        {
            Latencies.Record(end - Due(number));
            NeverBegun++;
        }

        async Task WorkAsync()
        {
            while (Take() is { } mine)
            {
                if (!await WaitAsync(Due(mine.Number), stop).ConfigureAwait(false))
                    return;
                if (await act(mine.Ready).ConfigureAwait(false))
                    Latencies.Record(Elapsed - Due(mine.Number));
            }
        }

        (long Number, T Ready)? Take()
        {
            lock (order)
            {
                if (_next >= Total || stop.IsCancellationRequested || Elapsed >= duration)
                    return null;
                var number = _next++;
                return (number, prepare(number, Start + Due(number)));
            }
        }
    }

    private async Task<bool> WaitAsync(TimeSpan due, CancellationToken stop)
    {
        // Timers count whole milliseconds, and a shorter wait would spin and take the CPU from the server beside it.
        for (var wait = due - Elapsed; wait > TimeSpan.Zero && !stop.IsCancellationRequested; wait = due - Elapsed)
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stop.IsCancellationRequested;
    }
}
