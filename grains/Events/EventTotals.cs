using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Events;

/// <summary>What is known of any entity over all time: events by kind, revenue, first and last event time. Sums and extremes, so the order of events does not matter.</summary>
internal struct EventTotals
{
    private static readonly long MinTimeMs = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long MaxTimeMs = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>Events by kind.</summary>
    public PerKind<long> Kinds;

    /// <summary>Sum of purchases.</summary>
    public Money Revenue { get; private set; }

    /// <summary>First event time in milliseconds since 1970-01-01 UTC; only meaningful with events.</summary>
    public long FirstMs { get; private set; }

    /// <summary>Last event time, likewise.</summary>
    public long LastMs { get; private set; }

    /// <summary>First event time.</summary>
    public readonly DateTimeOffset FirstSeen => DateTimeOffset.FromUnixTimeMilliseconds(FirstMs);

    /// <summary>Last event time.</summary>
    public readonly DateTimeOffset LastSeen => DateTimeOffset.FromUnixTimeMilliseconds(LastMs);

    /// <summary>All events.</summary>
    public readonly long Events => Kinds.Sum();

    /// <summary>Counts an event.</summary>
    /// <exception cref="ArgumentException">No calendar has its time.</exception>
    /// <exception cref="OverflowException">The revenue cannot be represented.</exception>
    public void Add(ShopEvent shopEvent)
    {
        var time = shopEvent.TimeMs;
        if (time < MinTimeMs || time > MaxTimeMs)
        {
            throw new ArgumentException($"{time} is no event time", nameof(shopEvent));
        }

        var isFirst = Events == 0;
        FirstMs = isFirst ? time : Math.Min(FirstMs, time);
        LastMs = isFirst ? time : Math.Max(LastMs, time);
        Kinds[shopEvent.Kind.Index()]++;
        Revenue += shopEvent.Revenue;
    }

    /// <summary>Writes the totals.</summary>
    public readonly void WriteTo(FormatWriter writer)
    {
        Kinds.WriteTo(writer);
        writer.Money(Revenue);
        writer.Signed(FirstMs);
        writer.Count(LastMs - FirstMs);
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    /// <exception cref="DamagedFormatException">The bytes are no totals.</exception>
    public static EventTotals ReadFrom(ref FormatReader reader)
    {
        var totals = new EventTotals { Kinds = PerKind<long>.ReadFrom(ref reader), Revenue = reader.Money() };
        totals.FirstMs = StoredTime(reader.Signed());
        totals.LastMs = StoredTime(totals.FirstMs, reader.Count());
        return totals;
    }

    /// <summary>A stored time, checked to be one.</summary>
    /// <exception cref="DamagedFormatException">No calendar has it.</exception>
    public static long StoredTime(long timeMs) =>
        timeMs >= MinTimeMs && timeMs <= MaxTimeMs ? timeMs : throw new DamagedFormatException($"{timeMs} is no event time");

    /// <summary>A stored time given as a non-negative distance from an earlier one.</summary>
    /// <exception cref="DamagedFormatException">No calendar has it.</exception>
    public static long StoredTime(long earlierMs, long distanceMs) =>
        distanceMs >= 0 && distanceMs <= MaxTimeMs - MinTimeMs
            ? StoredTime(earlierMs + distanceMs)
            : throw new DamagedFormatException($"{distanceMs} ms between event times");
}
