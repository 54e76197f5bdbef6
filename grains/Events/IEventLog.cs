namespace OrleansAnalytics.Events;

/// <summary>
/// The log: P partitions, each a durable sequence of entries (events and rejections) with increasing 64-bit positions from 1. It is the truth:
/// an entry is acknowledged when it is here, and everything else can be computed again from it. Safe for concurrent use.
/// </summary>
public interface IEventLog
{
    /// <summary>The number of partitions, fixed when the log was created.</summary>
    int PartitionCount { get; }

    /// <summary>Appends a batch; completes when it is durable. Concurrent appends may share one sync.</summary>
    /// <returns>The positions given, consecutive and inclusive.</returns>
    /// <exception cref="EventLogUnavailableException">The batch is not acknowledged; it may or may not be stored, so a retry uses the same event ids.</exception>
    ValueTask<AppendedRange> AppendAsync(int partition, EncodedBatch batch, CancellationToken cancellationToken = default);

    /// <summary>
    /// Stored batches that hold entries after <paramref name="after"/>, oldest first, whole (the first may begin at or before <paramref name="after"/>);
    /// about <paramref name="maxBytes"/> at the most, but at least one batch if there is one. Does not wait. A first batch that begins
    /// beyond <paramref name="after"/> + 1 means that retention has removed entries.
    /// </summary>
    ValueTask<IReadOnlyList<LogBatch>> ReadAsync(int partition, long after, int maxBytes, CancellationToken cancellationToken = default);

    /// <summary>The last durable position; 0 if there is none. Never goes back, whatever retention removes.</summary>
    ValueTask<long> EndAsync(int partition, CancellationToken cancellationToken = default);

    /// <summary>Completes when the partition's end is beyond <paramref name="after"/>.</summary>
    ValueTask WaitAsync(int partition, long after, CancellationToken cancellationToken = default);

    /// <summary>Applies the retention options (by age and by size) to batches that lie wholly at or before <paramref name="safeThrough"/>.</summary>
    /// <returns>The position up to which entries are gone; 0 if none are.</returns>
    ValueTask<long> TrimAsync(int partition, long safeThrough, CancellationToken cancellationToken = default);
}

/// <summary>A batch as <see cref="EventBatchWriter"/> encodes it.</summary>
/// <param name="Bytes">The encoded batch: version byte, checksum, entries.</param>
/// <param name="Count">Entries in it; at least 1.</param>
public readonly record struct EncodedBatch(ReadOnlyMemory<byte> Bytes, int Count);

/// <summary>Positions given to a batch, inclusive.</summary>
public readonly record struct AppendedRange(long First, long Last);

/// <summary>A stored batch.</summary>
/// <param name="FirstPosition">The position of its first entry.</param>
/// <param name="Count">Entries in it.</param>
/// <param name="AppendedMs">When it was appended, in milliseconds since 1970-01-01 UTC.</param>
/// <param name="Bytes">
/// The encoded batch; decode with <see cref="EventBatchReader"/>. Empty if the storage could not give it back: then the batch covers all positions that
/// are lost, its time may be 0, and decoding fails as for any other damage.
/// </param>
public readonly record struct LogBatch(long FirstPosition, int Count, long AppendedMs, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The position of its last entry.</summary>
    public long LastPosition => FirstPosition + Count - 1;
}

/// <summary>The log cannot take or give batches now: disk full, read-only, closed. Clients are told to try again (503).</summary>
public sealed class EventLogUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
