using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Partitions;

/// <summary>The answer of <c>GET /v1/status</c>.</summary>
/// <param name="Ready">Every partition reads, or pauses at a limit.</param>
/// <param name="Partitions">By number.</param>
/// <param name="Totals">Sums over partitions.</param>
public sealed record SiteStatus(bool Ready, IReadOnlyList<SiteStatus.PartitionLine> Partitions, SiteStatus.Sums Totals)
{
    /// <summary>What goes on at the door of the node that answers.</summary>
    public DoorLoad? Door { get; init; }

    /// <summary>The dead letters of all partitions when they were last swept; null before.</summary>
    public DeadLetterTotals? DeadLetters { get; init; }

    /// <summary>The answer from what the partitions say.</summary>
    public static SiteStatus Of(IReadOnlyList<PartitionStatus> partitions)
    {
        var lines = partitions.Select(PartitionLine.Of).ToList();
        var totals = new Sums(
            partitions.Sum(one => one.End),
            partitions.Sum(one => one.Applied),
            partitions.Sum(one => one.Lag),
            partitions.Sum(one => one.Received),
            partitions.Sum(one => one.Accepted),
            partitions.Sum(one => one.Duplicates),
            partitions.Sum(one => one.Rejected),
            partitions.Sum(one => one.Late));
        return new SiteStatus(lines.TrueForAll(line => line.Serves), lines, totals);
    }

    /// <summary>One partition; see <see cref="PartitionStatus"/>.</summary>
    public sealed record PartitionLine(
        int Partition,
        long End,
        long Applied,
        long ReplayFrom,
        long Lag,
        long Received,
        long Accepted,
        long Duplicates,
        long Rejected,
        long Late,
        DateTimeOffset? Watermark,
        long Generation,
        int DirtyEntities,
        long Rewinds,
        string Phase,
        string? LastTrouble,
        IReadOnlyDictionary<string, long> LimitsReached,
        long? LakeThrough,
        string? LakeTrouble)
    {
        internal bool Serves => Phase is "running" or "paused";

        internal static PartitionLine Of(PartitionStatus status) => new(
            status.Partition,
            status.End,
            status.Applied,
            status.ReplayFrom,
            status.Lag,
            status.Received,
            status.Accepted,
            status.Duplicates,
            status.Rejected,
            status.Late,
            status.WatermarkMs == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(status.WatermarkMs),
            status.Generation,
            status.DirtyEntities,
            status.Rewinds,
            status.Phase.ToString().ToLowerInvariant(),
            status.LastTrouble,
            status.LimitsReached,
            status.LakeThrough,
            status.LakeTrouble);
    }

    /// <summary>Sums over partitions; received = accepted + duplicates + rejected.</summary>
    public sealed record Sums(long End, long Applied, long Lag, long Received, long Accepted, long Duplicates, long Rejected, long Late);
}
