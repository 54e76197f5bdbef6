namespace OrleansAnalytics.Cli;

/// <summary>
/// When an event is due if events are replayed at a multiple of their own speed: the first at once, every other after its distance in event
/// time divided by the speed. Events that go back in time are due at once.
/// </summary>
/// <param name="speed">Seconds of event time per second; positive infinity for as fast as possible.</param>
/// <param name="startMs">The clock at the beginning, in milliseconds.</param>
internal sealed class Pacer(double speed, long startMs)
{
    private long? _first;

    /// <summary>The clock's time at which an event of that time is due, both in milliseconds.</summary>
    public long Due(long eventMs)
    {
        _first ??= eventMs;
        return startMs + (long)Math.Max(0, (eventMs - _first.Value) / speed);
    }
}
