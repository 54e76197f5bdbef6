using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Lake;

/// <summary>What the lake's writer must know of a partition at a checkpoint: which positions hold accepted events, and what became of the others.</summary>
/// <param name="Position">The checkpoint.</param>
/// <param name="Since">Nothing is known of positions up to here.</param>
/// <param name="Skipped">Positions without an accepted event, in order, from after <paramref name="Since"/>.</param>
/// <param name="Counts">What became of all records up to <paramref name="Position"/>.</param>
public sealed record LakeImage(long Position, long Since, (long First, long Last)[] Skipped, IngestCounts Counts);
