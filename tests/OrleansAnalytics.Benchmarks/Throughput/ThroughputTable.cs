using System.Globalization;
using OrleansAnalytics.Benchmarks.Engines;
using OrleansAnalytics.Benchmarks.Results;

namespace OrleansAnalytics.Benchmarks.Throughput;

/// <summary>The comparison as a table.</summary>
internal static class ThroughputTable
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    public static ResultTable Of(ThroughputResult result)
    {
        var table = new ResultTable(
            ["engine", "workload", "pass", "events/s", "applied/s", "× awaited calls", "× akka", "CPU µs/event", "peak MB"], textColumns: 3);
        foreach (var row in result.Rows.OrderBy(row => row.Workload, StringComparer.Ordinal).ThenBy(row => row.Pass, StringComparer.Ordinal))
        {
            table.Add(
                row.Engine,
                row.Workload,
                row.Pass,
                row.EventsPerSecond.ToString("N0", Culture),
                row.AppliedPerSecond.ToString("N0", Culture),
                Ratio(result.Rows, row, EngineNames.AwaitedCalls),
                Ratio(result.Rows, row, EngineNames.Akka),
                row.CpuMicroseconds.ToString("N2", Culture),
                (row.PeakBytes / 1e6).ToString("N0", Culture));
        }

        return table;
    }

    private static string Ratio(IEnumerable<ThroughputRow> rows, ThroughputRow row, string engine) =>
        rows.FirstOrDefault(other => other.Engine == engine && other.Workload == row.Workload && other.Pass == row.Pass) is { } other
            ? (row.EventsPerSecond / other.EventsPerSecond).ToString("N2", Culture)
            : "";
}
