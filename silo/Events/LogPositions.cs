using System.Buffers.Binary;
using OrleansAnalytics.Formats;
using RocksDbSharp;

namespace OrleansAnalytics.Events;

/// <summary>The column family of what the log knows about itself: partition count, ends, and up to where retention has removed.</summary>
internal static class LogPositions
{
    public const string Column = "positions";
    public const byte End = (byte)'e';
    private const byte Removed = (byte)'r';
    private const byte FormatVersion = 1;
    private static readonly byte[] PartitionsKey = [(byte)'p'];

    public static byte[] Key(byte kind, int partition)
    {
        var key = new byte[3];
        key[0] = kind;
        BinaryPrimitives.WriteUInt16BigEndian(key.AsSpan(1), (ushort)partition);
        return key;
    }

    /// <summary>The stored partition count; null in a new log.</summary>
    public static int? Partitions(RocksDb db) => (int?)Number(db, PartitionsKey);

    public static void StorePartitions(RocksDb db, WriteBatch batch, int partitions) =>
        batch.Put(PartitionsKey, Encode(partitions), db.GetColumnFamily(Column));

    /// <summary>The position up to which a partition's batches are removed; 0 if none are.</summary>
    public static long RemovedThrough(RocksDb db, int partition) => Number(db, Key(Removed, partition)) ?? 0;

    public static void StoreRemoved(RocksDb db, WriteBatch batch, int partition, long through) =>
        batch.Put(Key(Removed, partition), Encode(through), db.GetColumnFamily(Column));

    private static long? Number(RocksDb db, byte[] key)
    {
        if (db.Get(key, db.GetColumnFamily(Column)) is not { } stored)
        {
            return null;
        }

        var reader = new FormatReader(stored);
        reader.Version(FormatVersion, "position of the log");
        return (long)reader.Fixed64();
    }

    private static byte[] Encode(long value)
    {
        var stored = new byte[9];
        stored[0] = FormatVersion;
        BinaryPrimitives.WriteInt64LittleEndian(stored.AsSpan(1), value);
        return stored;
    }
}
