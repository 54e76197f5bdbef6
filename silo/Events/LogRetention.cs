using OrleansAnalytics.Partitions;
using RocksDbSharp;

namespace OrleansAnalytics.Events;

/// <summary>Removes old batches, whole and from the oldest on.</summary>
internal sealed class LogRetention(EmbeddedDatabase database, LogTail[] tails, EventLogOptions options, TimeProvider time)
{
    private readonly ReadOptions _options = new ReadOptions().SetFillCache(false);
    private readonly Lock _lock = new();

    /// <summary>See <see cref="IEventLog.TrimAsync"/>.</summary>
    public long Trim(int partition, long safeThrough)
    {
        lock (_lock)
        {
            using var lease = database.Enter();
            try
            {
                var removed = LogPositions.RemovedThrough(lease.Db, partition);
                var through = RemovableThrough(lease.Db, partition, removed, safeThrough);
                if (through > removed)
                {
                    Remove(lease.Db, partition, removed, through);
                }

                return Math.Max(through, removed);
            }
            catch (RocksDbSharpException exception)
            {
                throw new EventLogUnavailableException($"retention of partition {partition}: {exception.Message}", exception);
            }
        }
    }

    private long RemovableThrough(RocksDb db, int partition, long removed, long safeThrough)
    {
        var oldestMs = options.MaxAge is { } age ? (time.GetUtcNow() - age).ToUnixTimeMilliseconds() : long.MinValue;
        // Bytes up to here are too many; each record knows how many lie before it, so nothing has to be added up.
        var surplus = options.MaxBytesPerPartition is { } limit ? tails[partition].Bytes - limit : 0;
        var through = removed;
        using var iterator = db.NewIterator(null, _options);
        for (iterator.Seek(LogRecord.Key(partition, removed + 1)); iterator.Valid(); iterator.Next())
        {
            var (found, first) = LogRecord.ReadKey(iterator.GetKeySpan());
            if (found != partition)
            {
                break;
            }

            if (!LogRecord.TryReadHeader(iterator.GetValueSpan(), out var record))
            {
                // Goes with the next batch that can be read.
                continue;
            }

            var last = first + record.Count - 1;
            if (last > safeThrough || (record.AppendedMs >= oldestMs && record.BytesBefore >= surplus))
            {
                break;
            }

            through = last;
        }

        Native.Instance.rocksdb_iter_get_error(iterator.Handle);
        return through;
    }

    private void Remove(RocksDb db, int partition, long removed, long through)
    {
        var from = LogRecord.Key(partition, removed + 1);
        var to = LogRecord.Key(partition, through + 1);
        using var batch = new WriteBatch();
        batch.DeleteRange(from, (ulong)from.Length, to, (ulong)to.Length, db.GetDefaultColumnFamily());
        LogPositions.StoreRemoved(db, batch, partition, through);
        database.WriteSynced(batch);
    }
}
