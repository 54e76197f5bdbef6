using OrleansAnalytics.Benchmarks.Engines;
using OrleansAnalytics.Benchmarks.Workloads;

namespace OrleansAnalytics.Benchmarks.Throughput;

/// <summary>Runs every engine on the same events, in turn, so that what disturbs the machine disturbs all of them.</summary>
internal sealed class ThroughputComparison(ThroughputOptions options)
{
    private readonly string[] _engines = [.. options.Engines.Where(EngineProcess.CanRun)];
    private readonly List<ThroughputRow> _rows = [];

    /// <summary>Runs all; answers a row for each workload, pass and engine.</summary>
    public async Task<ThroughputResult> RunAsync(CancellationToken cancellationToken)
    {
        var facts = new List<string>();
        foreach (var engine in options.Engines.Except(_engines))
        {
            facts.Add($"{engine}: not installed here.");
        }

        foreach (var name in options.Workloads)
        {
            using var folder = new WorkFolder();
            var workload = Workload.Named(name, options.Events, options.Seed);
            var files = folder.Create("workload");
            await PrepareAsync(workload, folder, files, facts, cancellationToken);
            await CompareAsync(name, folder, files, cancellationToken);
        }

        return new ThroughputResult(_rows, facts);
    }

    private async Task PrepareAsync(Workload workload, WorkFolder folder, string files, List<string> facts, CancellationToken cancellationToken)
    {
        Tell($"{workload.Name}: {workload.Cold.Shop.Events:N0} events are generated, and as many for the warm pass");
        var share = WorkloadFile.Write(workload.Cold, Path.Combine(files, $"{PassNames.Cold}.csv"), cancellationToken);
        WorkloadFile.Write(workload.Warm, Path.Combine(files, $"{PassNames.Warm}.csv"), cancellationToken);
        var fact = $"{workload.Name}: of a window of {WorkloadFile.Window:N0} events, {share:P0} are of users that the window has not had before.";
        Tell(fact);
        facts.Add(fact);
        if (_engines.Contains(EngineNames.Ours))
        {
            Tell($"{workload.Name}: the events are appended to the log");
            var appended = await EngineProcess.RunAsync(new EngineJob(EngineNames.Append, files, folder.Create("log")), cancellationToken);
            Tell($"{workload.Name}: appended at {appended.Passes.Sum(pass => pass.Events) / appended.Passes.Sum(pass => pass.Seconds):N0} events/s");
        }
    }

    private async Task CompareAsync(string workload, WorkFolder folder, string files, CancellationToken cancellationToken)
    {
        var results = new List<(string Engine, PassResult Result)>();
        for (var run = 1; run <= options.Runs; run++)
        {
            foreach (var engine in _engines)
            {
                Tell($"{workload}: {engine}, run {run} of {options.Runs}");
                var data = engine == EngineNames.Ours ? folder.Copy(Path.Combine(files, "..", "log"), "data") : folder.Create("data");
                var report = await EngineProcess.RunAsync(new EngineJob(engine, files, data), cancellationToken);
                foreach (var pass in report.Passes)
                {
                    Tell($"{workload}: {engine}, {pass.Pass}: {pass.Events / pass.Seconds:N0} events/s, {pass.CpuSeconds / pass.Events * 1e6:N2} µs of CPU an event");
                    results.Add((engine, pass));
                }
            }
        }

        _rows.AddRange(results.GroupBy(one => (one.Result.Pass, one.Engine))
            .Select(group => ThroughputRow.Of(workload, group.Key.Engine, [.. group.Select(one => one.Result)])));
    }

    private static void Tell(string line) => Console.Error.WriteLine(line);
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
        Median(runs, run => run.Events / run.Seconds),
        Median(runs, run => run.Events / run.AppliedSeconds),
        Median(runs, run => run.CpuSeconds / run.Events * 1e6),
        Median(runs, run => run.PeakBytes));

    private static double Median(IReadOnlyList<PassResult> runs, Func<PassResult, double> figure)
    {
        var sorted = runs.Select(figure).Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
