namespace OrleansAnalytics.Snapshots;

/// <summary>How long a period is. All are of the calendar in UTC.</summary>
public enum PeriodKind : byte
{
    /// <summary>An hour of a day.</summary>
    Hour = 0,

    /// <summary>A day.</summary>
    Day = 1,

    /// <summary>A month.</summary>
    Month = 2,
}

/// <summary>The kinds of periods by name.</summary>
public static class PeriodKinds
{
    /// <summary>All of them, the shortest first.</summary>
    public static IReadOnlyList<PeriodKind> All { get; } = [PeriodKind.Hour, PeriodKind.Day, PeriodKind.Month];

    /// <summary><c>hour</c>, <c>day</c>, <c>month</c>.</summary>
    public static string Name(this PeriodKind kind) => kind switch
    {
        PeriodKind.Hour => "hour",
        PeriodKind.Day => "day",
        PeriodKind.Month => "month",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a kind of period"),
    };

    /// <summary>The kind of that name; null if there is none.</summary>
    public static PeriodKind? Find(string name) => All.Where(kind => kind.Name() == name).Cast<PeriodKind?>().FirstOrDefault();
}
