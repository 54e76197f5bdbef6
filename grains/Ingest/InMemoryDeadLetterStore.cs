namespace OrleansAnalytics.Ingest;

/// <summary>Dead letters that live and die with the process.</summary>
public sealed class InMemoryDeadLetterStore : IDeadLetterStore
{
    private readonly SortedDictionary<DeadLetterKey, DeadLetter> _letters = new(Comparer<DeadLetterKey>.Create((one, other) => one.CompareTo(other)));
    private readonly HashSet<DeadLetterKey> _removed = [];
    private readonly Dictionary<int, long> _expired = [];
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public ValueTask PutAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            foreach (var letter in letters)
            {
                _letters[letter.Key] = letter with { Raw = letter.Raw.ToArray() };
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
                .Where(l => query.IncludeRemoved || !_removed.Contains(l.Key))
                .Where(l => query.Matches(l) && query.IsBehind(l.Key))
                .Take(query.Limit)
                .ToArray());
        }
    }

    /// <inheritdoc/>
    public ValueTask<DeadLetter?> FindAsync(DeadLetterKey key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return new(_removed.Contains(key) ? null : _letters.GetValueOrDefault(key));
        }
    }

    /// <inheritdoc/>
    public ValueTask<int> RemoveAsync(IReadOnlyList<DeadLetterKey> keys, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var removed = 0;
        lock (_lock)
        {
            foreach (var key in keys)
            {
                if (!_letters.TryGetValue(key, out var letter) || !_removed.Add(key))
                {
                    continue;
                }

                removed++;
                if (letter.Reason == RejectReason.Poison)
                {
                    _letters[key] = letter with { Raw = default };
                }
                else
                {
                    _letters.Remove(key);
                }
            }
        }

        return new(removed);
    }

    /// <inheritdoc/>
    public ValueTask<DeadLetterTotals> TrimAsync(int partition, long safeThrough, DeadLetterBounds bounds, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            foreach (var key in _removed.Where(key => key.Partition == partition && key.Position <= safeThrough).ToList())
            {
                _removed.Remove(key);
                _letters.Remove(key);
            }

            var kept = _letters.Values.Where(l => l.Partition == partition && !_removed.Contains(l.Key)).ToList();
            long letters = kept.Count;
            var bytes = kept.Sum(l => (long)l.Raw.Length);
            foreach (var letter in kept.Where(l => l.Position <= safeThrough))
            {
                if (letters > bounds.Letters || bytes > bounds.Bytes || letter.ReceivedMs < bounds.ReceivedBeforeMs)
                {
                    _letters.Remove(letter.Key);
                    letters--;
                    bytes -= letter.Raw.Length;
                    _expired[partition] = _expired.GetValueOrDefault(partition) + 1;
                }
            }

            return new(new DeadLetterTotals(letters, bytes, _expired.GetValueOrDefault(partition)));
        }
    }
}
