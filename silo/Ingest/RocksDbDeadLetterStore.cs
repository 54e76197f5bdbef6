using System.Buffers.Binary;
using System.Collections.Concurrent;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;
using RocksDbSharp;

namespace OrleansAnalytics.Ingest;

/// <summary>
/// Dead letters in the embedded database. What was removed leaves its key in a column family of its own, so that a partition that puts the letter again
/// while it is being removed cannot bring it back.
/// </summary>
/// <param name="store">The database.</param>
public sealed class RocksDbDeadLetterStore(RocksDbStateStore store) : IDeadLetterStore
{
    private const int KeysPerWrite = 1000;
    private static readonly byte[] Removed = [1];

    // Partitions in which nothing is to be done until they change again, with the number of changes that they had then.
    private readonly ConcurrentDictionary<int, (long Changes, DeadLetterTotals Totals)> _settled = new();
    private readonly ConcurrentDictionary<int, long> _changes = new();

    /// <inheritdoc/>
    /// <remarks>Once queued, the write runs to its end. The letters' bytes are taken within the call.</remarks>
    public ValueTask PutAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (letters.Count == 0)
        {
            return default;
        }

        var puts = letters.Select(letter => (RocksDbStateStore.DeadLetters, StoredDeadLetter.Key(letter.Key), (byte[]?)StoredDeadLetter.Encode(letter))).ToList();
        return new(WriteAsync(puts, letters.Select(letter => letter.Partition), cancellationToken));
    }

    /// <inheritdoc/>
    /// <remarks>A stored letter that cannot be read is listed by its key, as damaged: one bad record must not hide the others.</remarks>
    public ValueTask<IReadOnlyList<DeadLetter>> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken = default)
    {
        var found = new List<DeadLetter>();
        var start = new DeadLetterKey(query.AfterPartition, query.AfterPosition);
        if (query.Partition is { } only && start.Partition < only)
        {
            start = new DeadLetterKey(only, 0);
        }

        using var lease = store.Enter();
        foreach (var (key, value) in Pairs(lease, RocksDbStateStore.DeadLetters, start, query.Partition))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (found.Count >= query.Limit)
            {
                break;
            }

            var of = StoredDeadLetter.ReadKey(key);
            if (!query.IsBehind(of) || (!query.IncludeRemoved && IsRemoved(lease, key)))
            {
                continue;
            }

            var letter = StoredDeadLetter.Decode(of, value);
            if (query.Matches(letter))
            {
                found.Add(letter);
            }
        }

        return new(found);
    }

    /// <inheritdoc/>
    public ValueTask<DeadLetter?> FindAsync(DeadLetterKey key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var lease = store.Enter();
        var stored = StoredDeadLetter.Key(key);
        var value = IsRemoved(lease, stored) ? null : lease.Db.Get(stored, lease.Db.GetColumnFamily(RocksDbStateStore.DeadLetters));
        return new(value is null ? null : StoredDeadLetter.Decode(key, value));
    }

    /// <inheritdoc/>
    public async ValueTask<int> RemoveAsync(IReadOnlyList<DeadLetterKey> keys, CancellationToken cancellationToken = default)
    {
        var removed = 0;
        var writes = new List<(string, byte[], byte[]?)>();
        foreach (var key in keys.Distinct())
        {
            if (await FindAsync(key, cancellationToken) is not { } letter)
            {
                continue;
            }

            removed++;
            var stored = StoredDeadLetter.Key(key);
            writes.Add((RocksDbStateStore.DeadLetters, stored, letter.Reason == RejectReason.Poison ? StoredDeadLetter.Encode(letter with { Raw = default }) : null));
            writes.Add((RocksDbStateStore.RemovedDeadLetters, stored, Removed));
        }

        if (removed > 0)
        {
            await WriteAsync(writes, keys.Select(key => key.Partition), cancellationToken);
        }

        return removed;
    }

    /// <inheritdoc/>
    public async ValueTask<DeadLetterTotals> TrimAsync(int partition, long safeThrough, DeadLetterBounds bounds, CancellationToken cancellationToken = default)
    {
        var changes = _changes.GetValueOrDefault(partition);
        if (bounds.ReceivedBeforeMs is null && _settled.TryGetValue(partition, out var settled) && settled.Changes == changes)
        {
            return settled.Totals;
        }

        var (traces, tracesLeft) = Traces(partition, safeThrough);
        foreach (var group in traces.Chunk(KeysPerWrite))
        {
            await store.WriteAsync(
                StateWrite.Unguarded([.. group.SelectMany(key => new (string, byte[], byte[]?)[] { (RocksDbStateStore.DeadLetters, key, null), (RocksDbStateStore.RemovedDeadLetters, key, null) })]),
                cancellationToken);
        }

        var (expired, totals) = Plan(partition, safeThrough, bounds);
        foreach (var group in expired.Chunk(KeysPerWrite))
        {
            totals = totals with { Expired = totals.Expired + group.Length };
            var writes = group.Select(key => (RocksDbStateStore.DeadLetters, key, (byte[]?)null)).Append((RocksDbStateStore.Default, ExpiredKey(partition), Number(totals.Expired))).ToList();
            await store.WriteAsync(StateWrite.Unguarded(writes), cancellationToken);
        }

        if (!tracesLeft && totals.Kept <= bounds.Letters && totals.Bytes <= bounds.Bytes)
        {
            _settled[partition] = (changes, totals);
        }

        return totals;
    }

    private async Task WriteAsync(IReadOnlyList<(string, byte[], byte[]?)> writes, IEnumerable<int> partitions, CancellationToken cancellationToken)
    {
        await store.WriteAsync(StateWrite.Unguarded(writes), cancellationToken);
        foreach (var partition in partitions.Distinct())
        {
            _changes.AddOrUpdate(partition, 1, (_, changes) => changes + 1);
        }
    }

    private (List<byte[]> Forgettable, bool SomeLeft) Traces(int partition, long safeThrough)
    {
        using var lease = store.Enter();
        var keys = Pairs(lease, RocksDbStateStore.RemovedDeadLetters, new DeadLetterKey(partition, 0), partition).Select(pair => pair.Key).ToList();
        var forgettable = keys.Where(key => StoredDeadLetter.ReadKey(key).Position <= safeThrough).ToList();
        return (forgettable, forgettable.Count < keys.Count);
    }

    /// <summary>The oldest letters that are beyond the bounds, and what is left without them; expired are those of before.</summary>
    private (List<byte[]> Expired, DeadLetterTotals Left) Plan(int partition, long safeThrough, DeadLetterBounds bounds)
    {
        using var lease = store.Enter();
        var letters = Pairs(lease, RocksDbStateStore.DeadLetters, new DeadLetterKey(partition, 0), partition)
            .Where(pair => !IsRemoved(lease, pair.Key))
            .Select(pair => (pair.Key, Letter: StoredDeadLetter.Decode(StoredDeadLetter.ReadKey(pair.Key), pair.Value)))
            .Select(one => (one.Key, one.Letter.Position, one.Letter.ReceivedMs, Bytes: one.Letter.Raw.Length))
            .ToList();
        var (kept, bytes) = ((long)letters.Count, letters.Sum(letter => (long)letter.Bytes));
        var expired = new List<byte[]>();
        foreach (var letter in letters.TakeWhile(letter => letter.Position <= safeThrough))
        {
            if (kept > bounds.Letters || bytes > bounds.Bytes || letter.ReceivedMs < bounds.ReceivedBeforeMs)
            {
                expired.Add(letter.Key);
                kept--;
                bytes -= letter.Bytes;
            }
        }

        var before = lease.Db.Get(ExpiredKey(partition), lease.Db.GetColumnFamily(RocksDbStateStore.Default));
        return (expired, new DeadLetterTotals(kept, bytes, before is null ? 0 : BinaryPrimitives.ReadInt64BigEndian(before)));
    }

    private static IEnumerable<(byte[] Key, byte[] Value)> Pairs(EmbeddedDatabase.Lease lease, string column, DeadLetterKey start, int? only)
    {
        using var iterator = lease.Db.NewIterator(lease.Db.GetColumnFamily(column));
        for (iterator.Seek(StoredDeadLetter.Key(start)); iterator.Valid(); iterator.Next())
        {
            var key = iterator.Key();
            if (only is { } partition && BinaryPrimitives.ReadInt32BigEndian(key) != partition)
            {
                break;
            }

            yield return (key, iterator.Value());
        }

        Native.Instance.rocksdb_iter_get_error(iterator.Handle);
    }

    private static bool IsRemoved(EmbeddedDatabase.Lease lease, byte[] key) => lease.Db.Get(key, lease.Db.GetColumnFamily(RocksDbStateStore.RemovedDeadLetters)) is not null;

    private static byte[] ExpiredKey(int partition) => [.. "dead-letters-expired/"u8, .. Number(partition)];

    private static byte[] Number(long number)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes;
    }
}
