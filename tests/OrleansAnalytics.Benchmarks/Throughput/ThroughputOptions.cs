namespace OrleansAnalytics.Benchmarks.Throughput;

/// <summary>What is compared.</summary>
/// <param name="Events">Events of each pass.</param>
/// <param name="Workloads">Names of workloads.</param>
/// <param name="Engines">Names of engines.</param>
/// <param name="Runs">Runs of each engine; the median counts.</param>
/// <param name="Seed">Seed of the events.</param>
internal sealed record ThroughputOptions(long Events, IReadOnlyList<string> Workloads, IReadOnlyList<string> Engines, int Runs, ulong Seed);
