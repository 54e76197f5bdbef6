namespace OrleansAnalytics.Events;

/// <summary>
/// Positions from offsets: a message takes 2²⁰ positions, of which its entries have the first. So a position says where its message is, is the same at every
/// reading, and two messages with neighbouring offsets leave nothing between them. There are positions for 2⁴³ messages of a partition.
/// </summary>
internal static class KafkaPositions
{
    /// <summary>Positions, and the most entries, of a message.</summary>
    public const int PerMessage = 1 << 20;
    private const int Bits = 20;

    /// <summary>The last offset whose positions are numbers.</summary>
    public const long MaxOffset = (long.MaxValue >> Bits) - 1;

    /// <summary>The position of the first entry of a message.</summary>
    public static long First(long offset) => (offset << Bits) + 1;

    /// <summary>The last position of a message. The end of a partition, if it is the last one.</summary>
    public static long Last(long offset) => (offset + 1) << Bits;

    /// <summary>The offset of the first message that takes positions after <paramref name="position"/>.</summary>
    public static long OffsetAfter(long position) => position >> Bits;

    /// <summary>A batch of so many entries in the message at <paramref name="offset"/>.</summary>
    public static LogBatch Batch(long offset, int count, long appendedMs, ReadOnlyMemory<byte> bytes) =>
        new(First(offset), count, appendedMs, bytes) { Unused = PerMessage - count };

    /// <summary>Offsets from <paramref name="from"/> to before <paramref name="to"/> that never were messages: marks of transactions, or what compaction left out.</summary>
    public static LogBatch Nothing(long from, long to) => new(First(from), 0, 0, default) { Unused = (to - from) << Bits };

    /// <summary>Offsets from <paramref name="from"/> to before <paramref name="to"/> whose messages are gone.</summary>
    public static LogBatch Lost(long from, long to) => new(First(from), 1, 0, default) { Unused = ((to - from) << Bits) - 1 };
}
