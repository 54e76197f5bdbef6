using System.Buffers.Binary;
using OrleansAnalytics.Formats;
using RocksDbSharp;

namespace OrleansAnalytics.Events;

/// <summary>Where one partition of the log ends. Changed by the writer's thread only.</summary>
internal sealed class LogTail(int partition, long end, long bytes)
{
    private const byte FormatVersion = 1;

    /// <summary>The partition.</summary>
    public int Partition => partition;

    /// <summary>The durable end, as readers see it.</summary>
    public EndSignal Published { get; } = new(end);

    /// <summary>The last position given, durable or not yet.</summary>
    public long Given { get; private set; } = end;

    /// <summary>Bytes of batches appended so far, those not yet durable included.</summary>
    public long Bytes
    {
        get => Volatile.Read(ref bytes);
        private set => Volatile.Write(ref bytes, value);
    }

    /// <summary>The highest position of a failed write, which may come back with the recovery after a crash; 0 if there is none.</summary>
    public long DoubtfulThrough { get; private set; }

    /// <summary>Gives the next positions.</summary>
    public AppendedRange Take(int count, int bytes)
    {
        var first = Given + 1;
        Given += count;
        Bytes += bytes;
        return new AppendedRange(first, Given);
    }

    /// <summary>All given positions are durable, and what was doubtful is overwritten.</summary>
    public void Commit()
    {
        DoubtfulThrough = 0;
        Published.Raise(Given);
    }

    /// <summary>The write failed; the database really ends at <paramref name="end"/>.</summary>
    public void FallBack(long end, long bytes)
    {
        DoubtfulThrough = Math.Max(DoubtfulThrough, Given);
        Given = Math.Max(end, Published.Value);
        Bytes = bytes;
        Published.Raise(Given);
    }

    /// <summary>Stores the end, so that it is known even when retention has removed every batch.</summary>
    public void Store(WriteBatch batch, ColumnFamilyHandle positions)
    {
        Span<byte> value = stackalloc byte[17];
        value[0] = FormatVersion;
        BinaryPrimitives.WriteInt64LittleEndian(value[1..], Given);
        BinaryPrimitives.WriteInt64LittleEndian(value[9..], Bytes);
        batch.Put(LogPositions.Key(LogPositions.End, partition), value, positions);
    }

    /// <summary>Reads a partition's end from the database; from its last batch if the stored end cannot be read.</summary>
    public static (long End, long Bytes) LoadOrFind(RocksDb db, ColumnFamilyHandle positions, int partition)
    {
        try
        {
            return Load(db, positions, partition);
        }
        catch (Exception exception) when (exception is DamagedFormatException or RocksDbSharpException)
        {
            using var iterator = db.NewIterator();
            iterator.SeekForPrev(LogRecord.Key(partition, long.MaxValue));
            return iterator.Valid() && LogRecord.ReadKey(iterator.GetKeySpan()) is var (found, first) && found == partition
                && LogRecord.TryReadHeader(iterator.GetValueSpan(), out var last)
                ? (first + last.Count - 1, last.BytesBefore + iterator.GetValueSpan().Length - last.HeaderLength)
                : (0, 0);
        }
    }

    /// <summary>Reads a partition's end from the database.</summary>
    /// <exception cref="DamagedFormatException">The stored end cannot be read.</exception>
    public static (long End, long Bytes) Load(RocksDb db, ColumnFamilyHandle positions, int partition)
    {
        if (db.Get(LogPositions.Key(LogPositions.End, partition), positions) is not { } stored)
        {
            return (0, 0);
        }

        var reader = new FormatReader(stored);
        reader.Version(FormatVersion, "end of a log partition");
        return ((long)reader.Fixed64(), (long)reader.Fixed64());
    }
}
