using OrleansAnalytics.Benchmarks.Engines;
using OrleansAnalytics.Benchmarks.Results;
using OrleansAnalytics.Benchmarks.Workloads;

namespace OrleansAnalytics.Benchmarks.Throughput;

/// <summary>What is compared.</summary>
/// <param name="Events">Events of each pass.</param>
/// <param name="Workloads">Names of workloads.</param>
/// <param name="Engines">Names of engines.</param>
/// <param name="Runs">Runs of each engine; the median counts.</param>
/// <param name="Seed">Seed of the events.</param>
internal sealed record ThroughputOptions(long Events, IReadOnlyList<string> Workloads, IReadOnlyList<string> Engines, int Runs, ulong Seed);

/// <summary>Runs every engine on the same events, in turn, so that what disturbs the machine disturbs all of them.</summary>
internal sealed class ThroughputComparison(ThroughputOptions options)
{
    private readonly string[] _engines = [.. options.Engines.Where(EngineProcess.CanRun)];

    /// <summary>Runs all; answers a row for each workload, pass and engine.</summary>
    public async Task<ThroughputResult> RunAsync(CancellationToken cancellationToken)
    {
        var rows = new List<ThroughputRow>();
        var facts = options.Engines.Except(_engines).Select(engine => $"{engine} is not installed here.").ToList();
        foreach (var name in options.Workloads)
        {
            using var workload = new PreparedWorkload(Workload.Named(name, options.Events, options.Seed));
            var share = workload.Generate(cancellationToken);
            facts.Add($"{name}: of a window of {WorkloadFile.Window:N0} events, {share:P0} are of users that the window has not had before.");
            Progress.Tell(facts[^1]);
            rows.AddRange(await CompareAsync(name, workload, facts, cancellationToken));
        }

        return new ThroughputResult(rows, facts);
    }

    private async Task<IEnumerable<ThroughputRow>> CompareAsync(string name, PreparedWorkload workload, List<string> facts, CancellationToken cancellationToken)
    {
        var results = new List<(string Engine, PassResult Result)>();
        for (var run = 1; run <= options.Runs; run++)
        {
            foreach (var engine in _engines)
            {
                Progress.Tell($"{name}: {engine}, run {run} of {options.Runs}");
                var report = await workload.RunAsync(engine, cancellationToken);
                results.AddRange(report.Passes.Select(pass => (engine, pass)));
                facts.AddRange(report.Passes.Where(pass => pass.PoolWait is not null).Select(pass => $"{engine}, {name}, {pass.Pass}: {pass.PoolWait}."));
            }
        }

        return results.GroupBy(one => (one.Result.Pass, one.Engine)).Select(group => ThroughputRow.Of(name, group.Key.Engine, [.. group.Select(one => one.Result)]));
    }
}

/// <summary>What came out.</summary>
/// <param name="Rows">A row for each workload, pass and engine.</param>
/// <param name="Facts">What is to be known about the workloads.</param>
internal sealed record ThroughputResult(IReadOnlyList<ThroughputRow> Rows, IReadOnlyList<string> Facts);

/// <summary>Medians over the runs.</summary>
/// <param name="Workload">The workload.</param>
/// <param name="Engine">The engine.</param>
/// <param name="Pass">Cold or warm.</param>
/// <param name="EventsPerSecond">Until done.</param>
/// <param name="AppliedPerSecond">Until every grain had every event.</param>
/// <param name="CpuMicroseconds">Processor time of an event.</param>
/// <param name="PeakBytes">Largest working set of the process up to the end of the pass.</param>
internal sealed record ThroughputRow(
    string Workload, string Engine, string Pass, double EventsPerSecond, double AppliedPerSecond, double CpuMicroseconds, double PeakBytes)
{
    public static ThroughputRow Of(string workload, string engine, IReadOnlyList<PassResult> runs) => new(
        workload,
        engine,
        runs[0].Pass,
        Median(runs, run => run.EventsPerSecond),
        Median(runs, run => run.Events / run.AppliedSeconds),
        Median(runs, run => run.CpuMicroseconds),
        Median(runs, run => run.PeakBytes));

    private static double Median(IReadOnlyList<PassResult> runs, Func<PassResult, double> figure)
    {
        var sorted = runs.Select(figure).Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
