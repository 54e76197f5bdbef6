using System.Globalization;
using OrleansAnalytics.Benchmarks.Engines;
using OrleansAnalytics.Benchmarks.Results;
using OrleansAnalytics.Benchmarks.Workloads;

namespace OrleansAnalytics.Benchmarks.Scale;

/// <summary>
/// Whether an event costs the same however many users there are: as many visits at a time and events in a visit, among ever more users, all of whom are
/// active when the clock starts.
/// </summary>
internal static class FlatRun
{
    /// <summary>The numbers of users, when none are asked for.</summary>
    public static readonly long[] Users = [10_000, 100_000, 1_000_000, 2_000_000];

    public static async Task<ResultTable> RunAsync(IReadOnlyList<long> sizes, long events, ulong seed, CancellationToken cancellationToken)
    {
        var table = new ResultTable(["users", "CPU µs/event", "× the first", "events/s", "peak MB"], textColumns: 0);
        var first = 0.0;
        foreach (var users in sizes)
        {
            using var workload = new PreparedWorkload(Workload.OfUsers(users, coldEach: 1, events, seed));
            workload.Generate(cancellationToken);
            var warm = (await workload.RunAsync(EngineNames.Ours, cancellationToken)).Passes.Single(pass => pass.Pass == PassNames.Warm);
            first = first == 0 ? warm.CpuMicroseconds : first;
            table.Add(
                users.ToString("N0", CultureInfo.InvariantCulture),
                warm.CpuMicroseconds.ToString("N2", CultureInfo.InvariantCulture),
                (warm.CpuMicroseconds / first).ToString("N2", CultureInfo.InvariantCulture),
                warm.EventsPerSecond.ToString("N0", CultureInfo.InvariantCulture),
                (warm.PeakBytes / 1e6).ToString("N0", CultureInfo.InvariantCulture));
        }

        return table;
    }
}
