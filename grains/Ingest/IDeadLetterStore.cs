namespace OrleansAnalytics.Ingest;

/// <summary>
/// Where dead letters are kept. A partition puts a letter again whenever it replays that part of its log, so what was removed stays removed also then,
/// until <see cref="TrimAsync"/> is told that no replay comes. Safe for concurrent use.
/// </summary>
public interface IDeadLetterStore
{
    /// <summary>Stores letters durably; one with the same <see cref="DeadLetter.Key"/> is overwritten, so repeating is harmless.</summary>
    ValueTask PutAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken = default);

    /// <summary>Letters in the order of partition, position, entity.</summary>
    /// <param name="query">Which ones.</param>
    /// <param name="cancellationToken">Stops the listing.</param>
    ValueTask<IReadOnlyList<DeadLetter>> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken = default);

    /// <summary>The letter, or null if there is none or it was removed.</summary>
    ValueTask<DeadLetter?> FindAsync(DeadLetterKey key, CancellationToken cancellationToken = default);

    /// <summary>
    /// Removes letters durably: they are not listed any more, also if they are put again, and their raw text is gone. Of <see cref="RejectReason.Poison"/>
    /// the rest is kept for <see cref="DeadLetterQuery.IncludeRemoved"/>, as a replay must still pass the event over.
    /// </summary>
    /// <returns>How many of them were there.</returns>
    ValueTask<int> RemoveAsync(IReadOnlyList<DeadLetterKey> keys, CancellationToken cancellationToken = default);

    /// <summary>Forgets what no replay can ask for: traces of removed letters, and the oldest letters beyond the bounds, which are counted.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="safeThrough">Nothing at or below this position is replayed, and nothing above it is forgotten.</param>
    /// <param name="bounds">How much is kept.</param>
    /// <param name="cancellationToken">Stops between two writes.</param>
    /// <returns>What is kept now.</returns>
    ValueTask<DeadLetterTotals> TrimAsync(int partition, long safeThrough, DeadLetterBounds bounds, CancellationToken cancellationToken = default);
}

/// <summary>How many letters of a partition are kept.</summary>
/// <param name="Letters">At most so many.</param>
/// <param name="Bytes">At most so many bytes of raw text.</param>
/// <param name="ReceivedBeforeMs">None that arrived before this time, in milliseconds since 1970-01-01 UTC; null for no such bound.</param>
public readonly record struct DeadLetterBounds(long Letters, long Bytes, long? ReceivedBeforeMs = null);

/// <summary>The letters of a partition, or of several.</summary>
/// <param name="Kept">Letters that can be listed.</param>
/// <param name="Bytes">Bytes of their raw text.</param>
/// <param name="Expired">Letters forgotten since the store was created because they were beyond the bounds.</param>
public readonly record struct DeadLetterTotals(long Kept, long Bytes, long Expired)
{
    /// <summary>The sum.</summary>
    public DeadLetterTotals Plus(DeadLetterTotals other) => new(Kept + other.Kept, Bytes + other.Bytes, Expired + other.Expired);
}
