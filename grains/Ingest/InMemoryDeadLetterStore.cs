namespace OrleansAnalytics.Ingest;

/// <summary>Dead letters that live and die with the process.</summary>
public sealed class InMemoryDeadLetterStore : IDeadLetterStore
{
    private readonly SortedDictionary<(int Partition, long Position, string Entity), DeadLetter> _letters = new(new InOrder());
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public ValueTask PutAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            foreach (var letter in letters)
            {
                _letters[(letter.Partition, letter.Position, letter.Entity)] = letter with { Raw = letter.Raw.ToArray() };
            }
        }

        return default;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<DeadLetter>> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return new(_letters.Values
                .Where(l => query.Partition is null || l.Partition == query.Partition)
                .Where(l => query.Reason is null || l.Reason == query.Reason)
                .Where(l => (l.Partition, l.Position).CompareTo((query.AfterPartition, query.AfterPosition)) > 0)
                .Take(query.Limit)
                .ToArray());
        }
    }

    private sealed class InOrder : IComparer<(int Partition, long Position, string Entity)>
    {
        public int Compare((int Partition, long Position, string Entity) x, (int Partition, long Position, string Entity) y)
        {
            var byPlace = (x.Partition, x.Position).CompareTo((y.Partition, y.Position));
            return byPlace != 0 ? byPlace : string.CompareOrdinal(x.Entity, y.Entity);
        }
    }
}
