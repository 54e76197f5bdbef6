namespace OrleansAnalytics.Generator;

/// <summary>What a <see cref="ShopGenerator"/> writes. Equal options give equal bytes, on every machine.</summary>
public sealed record GeneratorOptions
{
    /// <summary>Rows to write, without the header; at least 1. Default 1,000,000.</summary>
    public long Events { get; init; } = 1_000_000;

    /// <summary>
    /// Shoppers; default a fourteenth of <see cref="Events"/>, as in October 2019. Every one of them comes at least once as long as there are
    /// enough sessions (about a fifth of the events). At most 500 million.
    /// </summary>
    public long? Users { get; init; }

    /// <summary>Decides everything that is chance. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The time before the first event, UTC, whole seconds. Default 2019-10-01 00:00.</summary>
    public DateTimeOffset Start { get; init; } = new(2019, 10, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// Days over which the events are spread; the last event lies near their end, not exactly on it. Null (default) takes the density from
    /// <see cref="EventsPerDay"/>.
    /// </summary>
    public double? Days { get; init; }

    /// <summary>Mean events per day when <see cref="Days"/> is not given. Default 1,400,000, as in October 2019.</summary>
    public double EventsPerDay { get; init; } = 1_400_000;

    /// <summary>
    /// Exact duplicates (0.071 % of the rows), prices of 0 (0.162 %) and visitors who come back hours later under the same session key, as in
    /// the real data. Default on.
    /// </summary>
    public bool Dirt { get; init; } = true;

    /// <summary>
    /// The cosmetics shop instead: cheap things, almost as many cart events as views, and <c>remove_from_cart</c> rows. Default off.
    /// </summary>
    public bool Removals { get; init; }

    /// <summary>The number of shoppers in effect.</summary>
    public long EffectiveUsers => Users ?? Math.Max(1, Events / 14);

    /// <summary>The mean events per day in effect.</summary>
    public double EffectiveEventsPerDay => Days is { } days ? Events / days : EventsPerDay;

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">At least one is out of range; the message names them all.</exception>
    public void Validate()
    {
        List<string> errors = [];
        if (Events < 1)
            errors.Add("Events must be at least 1.");
        if (Users is < 1 or > 500_000_000)
            errors.Add("Users must be between 1 and 500,000,000.");
        if (Days is { } days && !(days is >= 1e-4 and <= 36_500))
            errors.Add("Days must be between 0.0001 and 36,500.");
        if (!(EventsPerDay is >= 1 and <= 1e12))
            errors.Add("EventsPerDay must be between 1 and 10^12.");
        else if (Events / EffectiveEventsPerDay > 36_500)
            errors.Add("The events would be spread over more than 36,500 days.");
        if (Start.Year is < 1970 or > 2200 || Start.Ticks % TimeSpan.TicksPerSecond != 0)
            errors.Add("Start must be a whole second between the years 1970 and 2200.");
        if (errors.Count > 0)
            throw new ArgumentException(string.Join(' ', errors));
    }
}
