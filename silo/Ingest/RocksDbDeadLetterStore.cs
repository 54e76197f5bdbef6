using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;
using RocksDbSharp;

namespace OrleansAnalytics.Ingest;

/// <summary>Dead letters in the embedded database. Key = partition (4 bytes) and position (8 bytes), big-endian, then the entity.</summary>
/// <param name="store">The database.</param>
public sealed class RocksDbDeadLetterStore(RocksDbStateStore store) : IDeadLetterStore
{
    private const byte FormatVersion = 1;
    private const int EntityOffset = 12;

    /// <inheritdoc/>
    /// <remarks>Once queued, the write runs to its end. The letters' bytes are taken within the call.</remarks>
    public ValueTask PutAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (letters.Count == 0)
        {
            return default;
        }

        var puts = new List<(string, byte[], byte[]?)>(letters.Count);
        foreach (var letter in letters)
        {
            puts.Add((RocksDbStateStore.DeadLetters, Key(letter.Partition, letter.Position, letter.Entity), Encode(letter)));
        }

        return new(store.WriteAsync(StateWrite.Unguarded(puts), cancellationToken));
    }

    /// <inheritdoc/>
    /// <remarks>A stored letter that cannot be read is listed by its key, as damaged: one bad record must not hide the others.</remarks>
    public ValueTask<IReadOnlyList<DeadLetter>> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken = default)
    {
        var found = new List<DeadLetter>();
        var start = (Partition: query.AfterPartition, Position: query.AfterPosition + 1);
        if (query.Partition is { } only && start.Partition < only)
        {
            start = (only, 0);
        }

        using var lease = store.Enter();
        using var iterator = lease.Db.NewIterator(lease.Db.GetColumnFamily(RocksDbStateStore.DeadLetters));
        for (iterator.Seek(Key(start.Partition, start.Position, "")); iterator.Valid() && found.Count < query.Limit; iterator.Next())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var key = iterator.GetKeySpan();
            if (query.Partition is { } wanted && BinaryPrimitives.ReadInt32BigEndian(key) != wanted)
            {
                break;
            }

            var letter = DecodeOrDamaged(key, iterator.GetValueSpan());
            if (query.Reason is null || letter.Reason == query.Reason)
            {
                found.Add(letter);
            }
        }

        Native.Instance.rocksdb_iter_get_error(iterator.Handle);
        return new(found);
    }

    private static byte[] Key(int partition, long position, string entity)
    {
        var key = new byte[EntityOffset + Encoding.UTF8.GetByteCount(entity)];
        BinaryPrimitives.WriteInt32BigEndian(key, partition);
        BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(4), position);
        Encoding.UTF8.GetBytes(entity, key.AsSpan(EntityOffset));
        return key;
    }

    private static byte[] Encode(DeadLetter letter)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new FormatWriter(output);
        writer.Byte(FormatVersion);
        writer.Byte((byte)letter.Reason);
        writer.Text(letter.Detail);
        writer.Text(letter.Source);
        writer.Signed(letter.ReceivedMs);
        writer.Raw(letter.Raw.Span);
        return output.WrittenSpan.ToArray();
    }

    private static DeadLetter DecodeOrDamaged(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        try
        {
            return Decode(key, value);
        }
        catch (DamagedFormatException exception)
        {
            return new DeadLetter
            {
                Partition = BinaryPrimitives.ReadInt32BigEndian(key),
                Position = BinaryPrimitives.ReadInt64BigEndian(key[4..]),
                Entity = Encoding.UTF8.GetString(key[EntityOffset..]),
                Reason = RejectReason.Damaged,
                Detail = $"this dead letter cannot be read: {exception.Message}",
                Source = "dead letters",
                ReceivedMs = 0,
                Raw = value.ToArray(),
            };
        }
    }

    private static DeadLetter Decode(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var reader = new FormatReader(value);
        reader.Version(FormatVersion, "dead letter");
        return new DeadLetter
        {
            Partition = BinaryPrimitives.ReadInt32BigEndian(key),
            Position = BinaryPrimitives.ReadInt64BigEndian(key[4..]),
            Entity = Encoding.UTF8.GetString(key[EntityOffset..]),
            Reason = (RejectReason)reader.Byte(),
            Detail = reader.Text(),
            Source = reader.RequiredText(),
            ReceivedMs = reader.Signed(),
            Raw = reader.Take(reader.Remaining).ToArray(),
        };
    }
}
