namespace OrleansAnalytics.Events;

/// <summary>Calendar arithmetic on event times, all in UTC and in milliseconds since 1970-01-01.</summary>
public static class EventTime
{
    /// <summary>Milliseconds of an hour.</summary>
    public const long HourMs = 3_600_000;

    /// <summary>Milliseconds of a day.</summary>
    public const long DayMs = 24 * HourMs;

    /// <summary>Hours since 1970-01-01 00:00.</summary>
    public static int Hour(long timeMs) => (int)Math.DivRem(timeMs - Modulo(timeMs, HourMs), HourMs).Quotient;

    /// <summary>Days since 1970-01-01.</summary>
    public static int Day(long timeMs) => (int)((timeMs - Modulo(timeMs, DayMs)) / DayMs);

    /// <summary>Hour of the day, 0–23.</summary>
    public static int HourOfDay(long timeMs) => (int)(Modulo(timeMs, DayMs) / HourMs);

    /// <summary>Hour of the day, 0–23, of an hour number.</summary>
    public static int HourOfDayOfHour(int hour) => (int)Modulo(hour, 24);

    /// <summary>The day an hour number belongs to.</summary>
    public static int DayOfHour(int hour) => (int)((hour - Modulo(hour, 24)) / 24);

    /// <summary>Weekday index, 0 = Monday … 6 = Sunday (1970-01-01 was a Thursday).</summary>
    public static int Weekday(long timeMs) => (int)Modulo(Day(timeMs) + 3, 7);

    /// <summary>Three-letter English weekday of an index of <see cref="Weekday"/>.</summary>
    public static string WeekdayName(int weekday) => WeekdayNames[weekday];

    /// <summary><c>2019-10-01</c> for a day number.</summary>
    public static string DayName(int day) => DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays(day).ToString("yyyy-MM-dd", null);

    private static readonly string[] WeekdayNames = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

    private static long Modulo(long value, long modulus) => ((value % modulus) + modulus) % modulus;
}
