using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Events;

/// <summary>
/// The log: P partitions, each a durable sequence of entries (events and rejections) with increasing 64-bit positions from 1. The entries of a batch have positions
/// one after the other; a batch may take further positions behind its last entry, which never hold one (<see cref="LogBatch.Unused"/>). It is the truth:
/// an entry is acknowledged when it is here, and everything else can be computed again from it. Safe for concurrent use.
/// </summary>
public interface IEventLog
{
    /// <summary>The number of partitions, fixed when the log was created.</summary>
    int PartitionCount { get; }

    /// <summary>Appends a batch; completes when it is durable. Concurrent appends may share one sync.</summary>
    /// <returns>The positions taken, inclusive. A log that cannot take the batch in one piece divides it; then others' batches may lie between its parts.</returns>
    /// <exception cref="EventLogUnavailableException">The batch is not acknowledged; it may or may not be stored, so a retry uses the same event ids.</exception>
    ValueTask<AppendedRange> AppendAsync(int partition, EncodedBatch batch, CancellationToken cancellationToken = default);

    /// <summary>
    /// Stored batches that take positions after <paramref name="after"/>, oldest first, whole (the first may begin at or before <paramref name="after"/>);
    /// about <paramref name="maxBytes"/> at the most, but at least one batch if there is one. Does not wait for events to come. A first batch that begins
    /// beyond <paramref name="after"/> + 1 means that retention has removed entries. Each further one begins where the one before it ends.
    /// </summary>
    /// <exception cref="EventLogUnavailableException">The log cannot give its batches now.</exception>
    ValueTask<IReadOnlyList<LogBatch>> ReadAsync(int partition, long after, int maxBytes, CancellationToken cancellationToken = default);

    /// <summary>The same; the batches' bytes may be in the reader's <paramref name="buffer"/>, and are then valid until it is released.</summary>
    /// <exception cref="EventLogUnavailableException">The log cannot give its batches now.</exception>
    ValueTask<IReadOnlyList<LogBatch>> ReadAsync(int partition, long after, int maxBytes, RentedBlocks buffer, CancellationToken cancellationToken = default) =>
        ReadAsync(partition, after, maxBytes, cancellationToken);

    /// <summary>The last durable position; 0 if there is none. Never goes back, whatever retention removes.</summary>
    /// <exception cref="EventLogUnavailableException">The log cannot say now.</exception>
    ValueTask<long> EndAsync(int partition, CancellationToken cancellationToken = default);

    /// <summary>Completes when the partition's end is beyond <paramref name="after"/>, a position that it has reached.</summary>
    /// <exception cref="EventLogUnavailableException">The log cannot say now, or ends before <paramref name="after"/>.</exception>
    ValueTask WaitAsync(int partition, long after, CancellationToken cancellationToken = default);

    /// <summary>Applies the retention options (by age and by size) to batches that lie wholly at or before <paramref name="safeThrough"/>.</summary>
    /// <returns>The position up to which entries are gone; 0 if none are.</returns>
    ValueTask<long> TrimAsync(int partition, long safeThrough, CancellationToken cancellationToken = default);

    /// <summary>
    /// How much lies after <paramref name="after"/> up to <paramref name="through"/>: entries, or batches where the log numbers only those. 0 if and only if it is nothing.
    /// </summary>
    long Distance(long after, long through) => Math.Max(0, through - after);
}

/// <summary>A batch as <see cref="EventBatchWriter"/> encodes it.</summary>
/// <param name="Bytes">The encoded batch: version byte, checksum, entries.</param>
/// <param name="Count">Entries in it; at least 1.</param>
public readonly record struct EncodedBatch(ReadOnlyMemory<byte> Bytes, int Count);

/// <summary>Positions taken by a batch, inclusive; see <see cref="LogBatch.LastPosition"/>.</summary>
public readonly record struct AppendedRange(long First, long Last);

/// <summary>A stored batch.</summary>
/// <param name="FirstPosition">The position of its first entry.</param>
/// <param name="Count">Entries in it; 0 if its positions never held any, which needs no bytes.</param>
/// <param name="AppendedMs">When it was appended, in milliseconds since 1970-01-01 UTC.</param>
/// <param name="Bytes">
/// The encoded batch; decode with <see cref="EventBatchReader"/>. Empty if the storage could not give it back: then the batch covers all positions that
/// are lost, its time may be 0, and decoding fails as for any other damage.
/// </param>
public readonly record struct LogBatch(long FirstPosition, int Count, long AppendedMs, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Positions after its last entry that it takes and that never hold one; 0 in a log that numbers entry by entry.</summary>
    public long Unused { get; init; }

    /// <summary>The last position that it takes: that of its last entry, or of what is unused behind it.</summary>
    public long LastPosition => FirstPosition + Count - 1 + Unused;
}

/// <summary>The log cannot take or give batches now: disk full, read-only, closed. Clients are told to try again (503).</summary>
public sealed class EventLogUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
