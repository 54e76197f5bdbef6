using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using OrleansAnalytics.Formats;
using RocksDbSharp;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// Checkpoints in the embedded database. Key = partition (4 bytes, big-endian), then 0 for the header or 1 and the part's name, so that one pass over
/// the partition sees header and parts as one write left them.
/// </summary>
/// <param name="store">The database.</param>
public sealed class RocksDbCheckpointStore(RocksDbStateStore store) : ICheckpointStore
{
    private const byte HeaderKind = 0;
    private const byte PartKind = 1;
    private const byte PartVersion = 1;
    private const int PartNameOffset = 5;

    /// <inheritdoc/>
    /// <exception cref="DamagedFormatException">The stored checkpoint cannot be read.</exception>
    public ValueTask<StoredCheckpoint?> ReadAsync(int partition, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return new(Read(partition));
        }
        catch (Exception exception) when (exception is DamagedFormatException or RocksDbSharpException)
        {
            throw new DamagedFormatException(
                $"the checkpoint of partition {partition} cannot be read ({exception.Message}); without the state folder everything is computed again from the log");
        }
    }

    private StoredCheckpoint? Read(int partition)
    {
        using var lease = store.Enter();
        using var iterator = lease.Db.NewIterator(lease.Db.GetColumnFamily(RocksDbStateStore.Checkpoints));
        var headerKey = Key(partition, HeaderKind, "");
        (long Position, long Generation, long ETag)? header = null;
        var parts = new Dictionary<string, ReadOnlyMemory<byte>>();
        for (iterator.Seek(headerKey); iterator.Valid() && iterator.GetKeySpan().StartsWith(headerKey.AsSpan(0, sizeof(int))); iterator.Next())
        {
            var key = iterator.GetKeySpan();
            var value = iterator.GetValueSpan();
            if (key[sizeof(int)] == HeaderKind)
            {
                header = ReadHeader(value);
                continue;
            }

            var reader = new FormatReader(value);
            reader.Version(PartVersion, "checkpoint part");
            parts.Add(Encoding.UTF8.GetString(key[PartNameOffset..]), reader.Take(reader.Remaining).ToArray());
        }

        Native.Instance.rocksdb_iter_get_error(iterator.Handle);
        if (header is null && parts.Count > 0)
        {
            throw new DamagedFormatException("it has parts and no header");
        }

        return header is { } found ? new StoredCheckpoint(found.Position, found.Generation, parts, Text(found.ETag)) : null;
    }

    /// <summary>The position of a partition's checkpoint; 0 if there is none or it cannot be read.</summary>
    internal long PositionOrZero(int partition)
    {
        using var lease = store.Enter();
        try
        {
            return lease.Db.Get(Key(partition, HeaderKind, ""), lease.Db.GetColumnFamily(RocksDbStateStore.Checkpoints)) is { } header ? ReadHeader(header).Position : 0;
        }
        catch (Exception exception) when (exception is DamagedFormatException or RocksDbSharpException)
        {
            return 0;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Once queued, the write runs to its end. The parts' bytes are taken within the call.</remarks>
    public ValueTask<string> WriteAsync(int partition, string? etag, CheckpointWrite write, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var others = new List<(string, byte[], byte[]?)>(write.Removed.Count);
        foreach (var name in write.Removed)
        {
            others.Add((RocksDbStateStore.Checkpoints, Key(partition, PartKind, name), null));
        }

        var parts = new RentedPuts();
        foreach (var (name, part) in write.Changed)
        {
            var value = parts.Add(RocksDbStateStore.Checkpoints, Key(partition, PartKind, name), 1 + part.Length);
            value[0] = PartVersion;
            part.Span.CopyTo(value[1..]);
        }

        var header = new ArrayBufferWriter<byte>();
        var writer = new FormatWriter(header);
        writer.Count(write.Position);
        writer.Count(write.Generation);
        var expected = etag is null ? 0 : long.TryParse(etag, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) && parsed > 0 ? parsed : -2;
        return FinishAsync(
            partition,
            StateWrite.Guarded(RocksDbStateStore.Checkpoints, Key(partition, HeaderKind, ""), expected, header.WrittenSpan, others: others, puts: parts),
            cancellationToken);
    }

    private async ValueTask<string> FinishAsync(int partition, PromisedWrite write, CancellationToken cancellationToken)
    {
        try
        {
            return Text(await store.WriteAsync(write, cancellationToken));
        }
        catch (ETagConflictException conflict)
        {
            throw new CheckpointConflictException($"partition {partition}: the checkpoint was written by another owner ({conflict.Message})");
        }
    }

    private static (long Position, long Generation, long ETag) ReadHeader(ReadOnlySpan<byte> value)
    {
        var reader = new FormatReader(value);
        reader.Version(StateWriter.FormatVersion, "checkpoint header");
        var etag = (long)reader.Fixed64();
        var position = reader.Count();
        return (position, reader.Count(), etag);
    }

    private static byte[] Key(int partition, byte kind, string name)
    {
        var key = new byte[PartNameOffset + Encoding.UTF8.GetByteCount(name)];
        BinaryPrimitives.WriteInt32BigEndian(key, partition);
        key[sizeof(int)] = kind;
        Encoding.UTF8.GetBytes(name, key.AsSpan(PartNameOffset));
        return key;
    }

    private static string Text(long etag) => etag.ToString(CultureInfo.InvariantCulture);
}
