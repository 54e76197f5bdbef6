namespace OrleansAnalytics.Ingest;

/// <summary>Where dead letters are kept. Safe for concurrent use.</summary>
public interface IDeadLetterStore
{
    /// <summary>Stores letters durably; one with the same <see cref="DeadLetter.Id"/> is overwritten, so repeating is harmless.</summary>
    ValueTask PutAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken = default);

    /// <summary>Letters in the order of partition, position, entity.</summary>
    /// <param name="query">Which ones.</param>
    /// <param name="cancellationToken">Stops the listing.</param>
    ValueTask<IReadOnlyList<DeadLetter>> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken = default);
}

/// <summary>Which dead letters to list.</summary>
/// <param name="Partition">Only of this partition; null for all.</param>
/// <param name="Reason">Only with this reason; null for all.</param>
/// <param name="AfterPartition">With <paramref name="AfterPosition"/>: list what comes after this letter (its entity does not matter).</param>
/// <param name="AfterPosition">See <paramref name="AfterPartition"/>; 0 starts the partition.</param>
/// <param name="Limit">At most this many.</param>
public sealed record DeadLetterQuery(int? Partition = null, RejectReason? Reason = null, int AfterPartition = 0, long AfterPosition = 0, int Limit = 100);
