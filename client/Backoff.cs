namespace OrleansAnalytics.Client;

/// <summary>How long to wait before a repeat.</summary>
/// <param name="Base">Before the first repeat.</param>
/// <param name="Max">At most.</param>
internal readonly record struct Backoff(TimeSpan Base, TimeSpan Max)
{
    /// <summary>The pause before a repeat.</summary>
    /// <param name="retry">1 for the first repeat.</param>
    /// <param name="asked">What the server asks for, if it does.</param>
    /// <param name="chance">A number in [0, 1): many clients must not come back at the same moment.</param>
    public TimeSpan Pause(int retry, TimeSpan? asked, double chance)
    {
        var doubled = retry > 30 ? Max.Ticks : Math.Min(Max.Ticks, Base.Ticks << Math.Min(retry - 1, 30));
        if (doubled <= 0)
            doubled = Max.Ticks;
        var pause = TimeSpan.FromTicks((long)(doubled * (1 - (chance / 2))));
        var least = asked is { } wanted ? (wanted < Max ? wanted : Max) : TimeSpan.Zero;
        return pause > least ? pause : least;
    }
}
