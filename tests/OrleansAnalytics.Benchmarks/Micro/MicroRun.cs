using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using OrleansAnalytics.Benchmarks.Results;

namespace OrleansAnalytics.Benchmarks.Micro;

/// <summary>The micro-benchmarks, in this process and so under the node's own runtime settings.</summary>
internal static class MicroRun
{
    /// <summary>What is to be known about the table.</summary>
    public static readonly IReadOnlyList<string> Notes =
        ["Per event, row, journey or slice, in elapsed time; saving, turns and calls use more than one core.", "± is half of the 99.9 % confidence interval of three measurements."];

    private static readonly Type[] Benchmarks =
        [typeof(DoorBenchmarks), typeof(PartitionBenchmarks), typeof(JourneyBenchmarks), typeof(SliceBenchmarks), typeof(StoreBenchmarks)];

    /// <summary>Runs those that match.</summary>
    /// <exception cref="InvalidOperationException">None matches, or one failed; what it said is on standard error.</exception>
    public static ResultTable Run(string filter)
    {
        var artifacts = Directory.CreateTempSubdirectory("orleans-analytics-benchmarks-");
        using var said = new StreamWriter(Console.OpenStandardError()) { AutoFlush = true };
        try
        {
            var config = ManualConfig.CreateEmpty()
                .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
                .AddDiagnoser(MemoryDiagnoser.Default)
                .AddColumnProvider(DefaultColumnProviders.Instance)
                .AddLogger(new StreamLogger(said))
                .WithArtifactsPath(artifacts.FullName);
            var summaries = BenchmarkSwitcher.FromTypes(Benchmarks).Run(["--filter", filter], config);
            var reports = summaries.SelectMany(summary => summary.Reports).ToList();
            if (reports.Count == 0 || reports.Find(report => !report.Success) is not null)
            {
                throw new InvalidOperationException(reports.Count == 0 ? $"no benchmark matches {filter}" : "a benchmark failed");
            }

            var table = new ResultTable(["step", "ns", "±", "bytes allocated"], textColumns: 1);
            foreach (var report in reports)
            {
                var statistics = report.ResultStatistics!;
                table.Add(
                    report.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\''),
                    Text(statistics.Mean),
                    Text(statistics.GetConfidenceInterval(Perfolizer.Mathematics.Common.ConfidenceLevel.L999).Margin),
                    Text(report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0));
            }

            return table;
        }
        finally
        {
            artifacts.Delete(recursive: true);
        }
    }

    private static string Text(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
