using System.Globalization;

namespace OrleansAnalytics.Snapshots;

/// <summary>An hour, a day or a month of the calendar in UTC. Its name is safe as the name of a file.</summary>
public readonly record struct Period
{
    private static readonly string[] Formats = ["yyyy-MM-dd'T'HH", "yyyy-MM-dd", "yyyy-MM"];

    private Period(PeriodKind kind, DateTime start) => (Kind, Start) = (kind, start);

    /// <summary>How long it is.</summary>
    public PeriodKind Kind { get; }

    /// <summary>Its first moment, UTC.</summary>
    public DateTime Start { get; }

    /// <summary>The first moment after it, UTC.</summary>
    public DateTime End => Kind switch
    {
        _ when Start.Year == DateTime.MaxValue.Year && Start.Month == 12 => DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc),
        PeriodKind.Hour => Start.AddHours(1),
        PeriodKind.Day => Start.AddDays(1),
        _ => Start.AddMonths(1),
    };

    /// <summary><c>2019-10-01T02</c>, <c>2019-10-01</c> or <c>2019-10</c>.</summary>
    public string Name => Start.ToString(Formats[(int)Kind], CultureInfo.InvariantCulture);

    /// <summary>The period of that kind that a moment is in.</summary>
    /// <param name="kind">Which kind.</param>
    /// <param name="time">The moment, UTC.</param>
    public static Period Of(PeriodKind kind, DateTime time) => new(kind, kind switch
    {
        PeriodKind.Hour => new DateTime(time.Year, time.Month, time.Day, time.Hour, 0, 0, DateTimeKind.Utc),
        PeriodKind.Day => new DateTime(time.Year, time.Month, time.Day, 0, 0, 0, DateTimeKind.Utc),
        PeriodKind.Month => new DateTime(time.Year, time.Month, 1, 0, 0, 0, DateTimeKind.Utc),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a kind of period"),
    });

    /// <summary>The period of that kind and name; null if the name is none, exactly as <see cref="Name"/> writes it.</summary>
    public static Period? Find(PeriodKind kind, string name) =>
        DateTime.TryParseExact(name, Formats[(int)kind], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var start)
            ? new Period(kind, start)
            : null;

    /// <summary>True if the moment (UTC) is in it.</summary>
    public bool Contains(DateTime time) => time >= Start && time < End;

    /// <summary><c>day 2019-10-01</c>.</summary>
    public override string ToString() => $"{Kind.Name()} {Name}";
}
