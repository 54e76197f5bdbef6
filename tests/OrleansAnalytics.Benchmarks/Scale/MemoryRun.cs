using System.Globalization;
using OrleansAnalytics.Benchmarks.Engines;
using OrleansAnalytics.Benchmarks.Results;
using OrleansAnalytics.Benchmarks.Workloads;

namespace OrleansAnalytics.Benchmarks.Scale;

/// <summary>What a node holds in memory when so many users are active, each with a journey: everything that the process has, divided by them.</summary>
internal static class MemoryRun
{
    /// <summary>Events of each user, one visit.</summary>
    public const int EventsEach = 3;

    public static async Task<ResultTable> RunAsync(long users, ulong seed, CancellationToken cancellationToken)
    {
        using var workload = new PreparedWorkload(Workload.OfUsers(users, EventsEach, warmEvents: 0, seed));
        workload.Generate(cancellationToken);
        var report = await workload.RunAsync(EngineNames.Ours, cancellationToken);
        var table = new ResultTable(["memory", "no user yet, MB", "all active, MB", "bytes/user"], textColumns: 1);
        Add(table, "managed heap", report.Before.HeapBytes, report.After.HeapBytes, users);
        Add(table, "working set", report.Before.WorkingSetBytes, report.After.WorkingSetBytes, users);
        Add(table, "largest working set", null, report.Passes[^1].PeakBytes, users);
        table.Add("active users", "", users.ToString("N0", CultureInfo.InvariantCulture), "");
        table.Add("entities held", "", report.ActiveEntities.ToString("N0", CultureInfo.InvariantCulture), "");
        return table;
    }

    private static void Add(ResultTable table, string what, long? before, long after, long users) => table.Add(
        what,
        before is null ? "" : (before.Value / 1e6).ToString("N0", CultureInfo.InvariantCulture),
        (after / 1e6).ToString("N0", CultureInfo.InvariantCulture),
        (after / users).ToString("N0", CultureInfo.InvariantCulture));
}
