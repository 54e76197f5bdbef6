namespace OrleansAnalytics.Partitions;

/// <summary>Where checkpoints are kept: per partition a header under an ETag, and named parts of operator state. Safe for concurrent use.</summary>
public interface ICheckpointStore
{
    /// <summary>The stored checkpoint, or null before the first.</summary>
    ValueTask<StoredCheckpoint?> ReadAsync(int partition, CancellationToken cancellationToken = default);

    /// <summary>
    /// Replaces the header, stores the changed parts and removes the removed ones, all or nothing and durably; other parts stay as they are. The parts' bytes are
    /// taken within the call: they are the caller's again after it.
    /// </summary>
    /// <param name="partition">The partition.</param>
    /// <param name="etag">The ETag last read or written; null if there was no checkpoint.</param>
    /// <param name="write">What to store.</param>
    /// <param name="cancellationToken">Gives up; the write may or may not have happened.</param>
    /// <returns>The new ETag.</returns>
    /// <exception cref="CheckpointConflictException">Another owner has written since: nothing was changed.</exception>
    ValueTask<string> WriteAsync(int partition, string? etag, CheckpointWrite write, CancellationToken cancellationToken = default);
}

/// <summary>A checkpoint as stored.</summary>
/// <param name="Position">Every effect of events at or below it is durable; replay starts after it.</param>
/// <param name="Generation">Counts the partition's owners.</param>
/// <param name="Parts">Operator state at <paramref name="Position"/>, by part name.</param>
/// <param name="ETag">For the next write.</param>
public sealed record StoredCheckpoint(long Position, long Generation, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Parts, string ETag);

/// <summary>A checkpoint to be stored.</summary>
/// <param name="Position">See <see cref="StoredCheckpoint.Position"/>.</param>
/// <param name="Generation">See <see cref="StoredCheckpoint.Generation"/>.</param>
/// <param name="Changed">Parts that changed since the last checkpoint.</param>
/// <param name="Removed">Names of parts that are no longer needed.</param>
public sealed record CheckpointWrite(
    long Position,
    long Generation,
    IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Changed,
    IReadOnlyCollection<string> Removed)
{
    /// <summary>The same with bytes of its own, for who needs it beyond the call that it came with.</summary>
    public CheckpointWrite Copy() => this with
    {
        Changed = Changed.ToDictionary(part => part.Key, part => (ReadOnlyMemory<byte>)part.Value.ToArray(), StringComparer.Ordinal),
        Removed = [.. Removed],
    };
}

/// <summary>Another owner has written the checkpoint: this one must stop.</summary>
public sealed class CheckpointConflictException(string message) : Exception(message);
