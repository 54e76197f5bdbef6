using OrleansAnalytics.Formats;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Partitions.Operators;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Partitions;

public sealed partial class PartitionOperators
{
    private const string SkippedPart = "lake/skipped";

    /// <summary>Positions so far without an accepted event, from where the lake is.</summary>
    public PositionRanges Skipped { get; } = new();

    /// <summary>What the lake's writer must know once <see cref="Position"/> is committed.</summary>
    public LakeImage ToLakeImage() => new(
        Position,
        Skipped.Since,
        Skipped.ToArray(),
        new IngestCounts { Accepted = _ingest.Accepted, Duplicates = _ingest.Duplicates, Rejected = new(_ingest.Rejected) });

    private void CaptureSkipped(OperatorImage image) => image.Put(SkippedPart, output => Skipped.WriteTo(new FormatWriter(output)));

    private void RestoreSkipped(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts)
    {
        if (!parts.TryGetValue(SkippedPart, out var stored))
        {
            // From before there was a lake, or from the very beginning.
            Skipped.Clear(Position);
            return;
        }

        var reader = new FormatReader(stored.Span);
        Skipped.ReadFrom(ref reader);
        reader.End("positions without events");
    }
}
