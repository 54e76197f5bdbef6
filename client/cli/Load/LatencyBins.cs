using System.Globalization;

namespace OrleansAnalytics.Cli;

/// <summary>A histogram as few bins with round borders (1, 2, 5, 10, … ), without the empty ones before the first and behind the last.</summary>
internal static class LatencyBins
{
    private const long LongestMicroseconds = 1_000_000_000_000;

    /// <summary>The bins: the longest latency that belongs to each, as text, and how many do. A border is as exact as the histogram: to 1/128.</summary>
    public static IReadOnlyList<(string UpTo, long Count)> Of(LatencyHistogram latencies)
    {
        var borders = Borders().ToList();
        var counts = new long[borders.Count];
        foreach (var (upTo, count) in latencies.Steps())
        {
            var at = borders.FindIndex(border => upTo.Ticks / TimeSpan.TicksPerMicrosecond <= border);
            counts[at < 0 ? counts.Length - 1 : at] += count;
        }

        var first = Array.FindIndex(counts, count => count > 0);
        var last = Array.FindLastIndex(counts, count => count > 0);
        return first < 0 ? [] : [.. Enumerable.Range(first, last - first + 1).Select(at => (Text(borders[at]), counts[at]))];
    }

    /// <summary>In microseconds: 10, 20, 50, … to more than eleven days.</summary>
    private static IEnumerable<long> Borders()
    {
        for (var decade = 10L; decade <= LongestMicroseconds; decade *= 10)
        {
            yield return decade;
            yield return 2 * decade;
            yield return 5 * decade;
        }
    }

    private static string Text(long microseconds) => microseconds < 1_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"≤ {microseconds / 1_000m:0.##} ms")
        : string.Create(CultureInfo.InvariantCulture, $"≤ {microseconds / 1_000_000:N0} s");
}
