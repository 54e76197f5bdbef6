using OrleansAnalytics.Events;

namespace OrleansAnalytics.Reports;

/// <summary>Names of report snapshots. They become file and blob names, so they hold nothing that could lead elsewhere.</summary>
public static class SnapshotName
{
    /// <summary>The longest report name or period, in characters.</summary>
    public const int MaxLength = 100;

    /// <summary>The period of a snapshot taken before the first event.</summary>
    public const string EmptyPeriod = "empty";

    /// <summary>The UTC date of the watermark, <c>2019-10-01</c>, or <see cref="EmptyPeriod"/> before the first event.</summary>
    /// <param name="watermarkMs">See <see cref="SiteTallies.WatermarkMs"/>.</param>
    public static string PeriodOf(long watermarkMs) => watermarkMs == 0 ? EmptyPeriod : EventTime.DayName(EventTime.Day(watermarkMs));

    /// <summary>Makes sure that a report name or period consists of letters, digits, <c>_</c>, <c>-</c> and inner dots (ASCII).</summary>
    /// <exception cref="ArgumentException">It does not, or it is empty or too long.</exception>
    public static void Check(string part)
    {
        ArgumentException.ThrowIfNullOrEmpty(part);
        if (part.Length > MaxLength || part[0] == '.' || !part.All(IsAllowed))
        {
            throw new ArgumentException("a snapshot is named with letters, digits, '_', '-' and inner dots, at most 100 of them", nameof(part));
        }
    }

    private static bool IsAllowed(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.';
}
