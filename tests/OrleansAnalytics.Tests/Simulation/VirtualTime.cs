namespace OrleansAnalytics.Tests.Simulation;

/// <summary>A clock that moves only from one timer to the next, when the world says so.</summary>
internal sealed class VirtualTime : TimeProvider
{
    private readonly PriorityQueue<(Timer Timer, int Setting), (long Due, long Order)> _timers = new();
    private long _now;
    private long _order;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public TimeSpan Elapsed => new(_now);

    public override long GetTimestamp() => _now;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddYears(50).AddTicks(_now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves on to the next timer and lets it fire; false if there is none.</summary>
    public bool Advance()
    {
        while (_timers.TryDequeue(out var next, out var when))
        {
            if (next.Timer.Setting == next.Setting)
            {
                _now = Math.Max(_now, when.Due);
                next.Timer.Fire();
                return true;
            }
        }

        return false;
    }

    private sealed class Timer(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        /// <summary>Counts the settings: an older one in the queue means nothing any more.</summary>
        public int Setting { get; private set; }

        public void Fire()
        {
            Setting++;
            callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Setting++;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                time._timers.Enqueue((this, Setting), (time._now + dueTime.Ticks, ++time._order));
            }

            return true;
        }

        public void Dispose() => Setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
