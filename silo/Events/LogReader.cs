using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;
using RocksDbSharp;

namespace OrleansAnalytics.Events;

/// <summary>
/// Reads batches. What cannot be read (a header that is none, a block whose checksum is wrong, positions that are missing) becomes a batch without bytes that covers the positions in
/// question, so that the reader sees damage in one way, when it decodes, and can go on after it.
/// </summary>
internal sealed class LogReader(EmbeddedDatabase database, LogTail[] tails)
{
    // So many entries before its end a log is read again and again, a little each time.
    private const int EntriesOfTheEnd = 10_000;

    // One pass over old batches would push everything else out of the cache.
    private readonly ReadOptions _options = new ReadOptions().SetFillCache(false);

    // Where a partition ends, each file has a block that every look for the next batch begins with: unpacked each time, these cost more than all else of a small read.
    private readonly ReadOptions _optionsAtTheEnd = new();

    /// <exception cref="ObjectDisposedException">The database is closed.</exception>
    /// <exception cref="EventLogUnavailableException">The database cannot read.</exception>
    public List<LogBatch> Read(int partition, long after, int maxBytes, RentedBlocks? buffer = null)
    {
        var found = new List<LogBatch>();
        var end = tails[partition].Published.Value;
        if (after >= end)
        {
            return found;
        }

        using var lease = database.Enter();
        using var iterator = lease.Db.NewIterator(null, end - after <= EntriesOfTheEnd ? _optionsAtTheEnd : _options);
        var all = false;
        try
        {
            SeekFirst(iterator, partition, after);
            all = Collect(iterator, partition, maxBytes, buffer, found);
            Native.Instance.rocksdb_iter_get_error(iterator.Handle);
        }
        catch (RocksDbSharpException exception)
        {
            all = false;
            if (found.Count == 0)
            {
                found.Add(Skip(lease.Db, partition, after, end, exception));
            }
        }

        CoverDamage(found, lease.Db, partition, end);
        FillHoles(found, lease.Db, partition, after, all ? end : 0);
        return found;
    }

    private static void SeekFirst(Iterator iterator, int partition, long after)
    {
        Span<byte> key = stackalloc byte[LogRecord.KeyLength];
        LogRecord.WriteKey(key, partition, after + 1);
        iterator.Seek(key);
        Native.Instance.rocksdb_iter_get_error(iterator.Handle);
        if (At(iterator, partition, out var next) && next == after + 1)
        {
            // As mostly: who reads has read whole batches.
            return;
        }

        iterator.SeekForPrev(key);
        Native.Instance.rocksdb_iter_get_error(iterator.Handle);
        if (!At(iterator, partition, out var first)
            || (LogRecord.TryReadHeader(iterator.GetValueSpan(), out var record) && first + record.Count - 1 <= after))
        {
            iterator.Seek(key);
        }
    }

    /// <summary>True if nothing is left to read.</summary>
    private static bool Collect(Iterator iterator, int partition, int maxBytes, RentedBlocks? buffer, List<LogBatch> found)
    {
        var bytes = 0L;
        for (; At(iterator, partition, out var first); iterator.Next())
        {
            var value = iterator.GetValueSpan();
            bytes += value.Length;
            if (found.Count > 0 && bytes > maxBytes)
            {
                return false;
            }

            // A count of 0 marks damage until CoverDamage knows how far it reaches.
            found.Add(LogRecord.TryReadHeader(value, out var record)
                ? new LogBatch(first, record.Count, record.AppendedMs, buffer?.Keep(value[record.HeaderLength..]) ?? value[record.HeaderLength..].ToArray())
                : new LogBatch(first, 0, 0, default));
        }

        return true;
    }

    /// <summary>Positions that were given and are not there (a damaged write-ahead log was opened, a file is gone) become batches without bytes.</summary>
    private static void FillHoles(List<LogBatch> found, RocksDb db, int partition, long after, long through)
    {
        var expected = after + 1;
        if (found.Count == 0 || found[0].FirstPosition > expected)
        {
            // Asked only now: what retention removes while the iterator stands is still in the iterator's view.
            expected = Math.Max(after, LogPositions.RemovedThrough(db, partition)) + 1;
        }

        for (var i = 0; i < found.Count; i++)
        {
            if (found[i].FirstPosition > expected)
            {
                found.Insert(i, new LogBatch(expected, Span(expected, found[i].FirstPosition), 0, default));
            }

            expected = Math.Max(expected, found[i].LastPosition + 1);
        }

        if (expected <= through)
        {
            found.Add(new LogBatch(expected, Span(expected, through + 1), 0, default));
        }
    }

    private void CoverDamage(List<LogBatch> found, RocksDb db, int partition, long end)
    {
        for (var i = 0; i < found.Count; i++)
        {
            if (found[i].Count > 0)
            {
                continue;
            }

            var next = i + 1 < found.Count ? found[i + 1].FirstPosition
                : FirstReadable(db, partition, found[i].FirstPosition + 1) ?? Math.Max(end, found[i].FirstPosition) + 1;
            found[i] = found[i] with { Count = Span(found[i].FirstPosition, next) };
        }
    }

    private LogBatch Skip(RocksDb db, int partition, long after, long end, RocksDbSharpException exception)
    {
        if (!exception.Message.StartsWith("Corruption", StringComparison.Ordinal))
        {
            throw new EventLogUnavailableException($"partition {partition} cannot be read after {after}: {exception.Message}", exception);
        }

        // Widen until something can be read again, then narrow to where that begins.
        var bad = after;
        var step = 1L;
        while (bad + step <= end && FirstReadable(db, partition, bad + step) is null)
        {
            bad += step;
            step *= 2;
        }

        var good = Math.Min(bad + step, end + 1);
        while (good - bad > 1)
        {
            var middle = bad + ((good - bad) / 2);
            (bad, good) = FirstReadable(db, partition, middle) is null ? (middle, good) : (bad, middle);
        }

        var next = FirstReadable(db, partition, good) ?? end + 1;
        return new LogBatch(after + 1, Span(after + 1, next), 0, default);
    }

    /// <summary>The first batch at or after a position; null if there is none or it cannot be read.</summary>
    private long? FirstReadable(RocksDb db, int partition, long position)
    {
        using var iterator = db.NewIterator(null, _options);
        iterator.Seek(LogRecord.Key(partition, position));
        return At(iterator, partition, out var first) ? first : null;
    }

    private static bool At(Iterator iterator, int partition, out long first)
    {
        first = 0;
        if (!iterator.Valid())
        {
            return false;
        }

        (var found, first) = LogRecord.ReadKey(iterator.GetKeySpan());
        return found == partition;
    }

    private static int Span(long first, long next) => (int)Math.Min(next - first, int.MaxValue);
}
