using System.Globalization;

namespace OrleansAnalytics.Reports;

/// <summary>What a report is as of, in words: headers, file metadata and the console use the same ones.</summary>
public static class ReportAsOf
{
    /// <summary><c>0:123,1:456</c>: partition and applied position, by partition.</summary>
    public static string Positions(Report report) => Positions(report.AsOf);

    /// <summary>The same of positions.</summary>
    public static string Positions(IReadOnlyDictionary<int, long> asOf) =>
        string.Join(',', asOf.OrderBy(pair => pair.Key).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}:{pair.Value}")));

    /// <summary><c>2019-10-01T02:50:00.000Z</c>, or null before the first event.</summary>
    public static string? Watermark(Report report) => report.WatermarkMs == 0
        ? null
        : DateTimeOffset.FromUnixTimeMilliseconds(report.WatermarkMs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
