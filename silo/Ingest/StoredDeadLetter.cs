using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Ingest;

/// <summary>
/// How a dead letter is stored: key = partition (4 bytes) and position (8 bytes), big-endian, then the entity; value = version, reason, detail, source,
/// time of arrival, since version 2 the form of the raw text, then the raw text.
/// </summary>
internal static class StoredDeadLetter
{
    private const byte FormatVersion = 2;
    private const int EntityOffset = 12;

    public static byte[] Key(DeadLetterKey of)
    {
        var key = new byte[EntityOffset + Encoding.UTF8.GetByteCount(of.Entity)];
        BinaryPrimitives.WriteInt32BigEndian(key, of.Partition);
        BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(4), of.Position);
        Encoding.UTF8.GetBytes(of.Entity, key.AsSpan(EntityOffset));
        return key;
    }

    public static DeadLetterKey ReadKey(ReadOnlySpan<byte> key) =>
        new(BinaryPrimitives.ReadInt32BigEndian(key), BinaryPrimitives.ReadInt64BigEndian(key[4..]), Encoding.UTF8.GetString(key[EntityOffset..]));

    public static byte[] Encode(DeadLetter letter)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new FormatWriter(output);
        writer.Byte(FormatVersion);
        writer.Byte((byte)letter.Reason);
        writer.Text(letter.Detail);
        writer.Text(letter.Source);
        writer.Signed(letter.ReceivedMs);
        writer.Byte((byte)letter.Form.Kind);
        writer.Byte(letter.Form.IsCut ? (byte)1 : (byte)0);
        writer.Text(letter.Form.Header);
        writer.Raw(letter.Raw.Span);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The stored letter; one that cannot be read is told by its key, as damaged: one bad record must not hide the others.</summary>
    public static DeadLetter Decode(DeadLetterKey key, ReadOnlySpan<byte> value)
    {
        try
        {
            return DecodeSound(key, value);
        }
        catch (DamagedFormatException exception)
        {
            return new DeadLetter
            {
                Partition = key.Partition,
                Position = key.Position,
                Entity = key.Entity,
                Reason = RejectReason.Damaged,
                Detail = $"this dead letter cannot be read: {exception.Message}",
                Source = "dead letters",
                ReceivedMs = 0,
                Raw = value.ToArray(),
            };
        }
    }

    private static DeadLetter DecodeSound(DeadLetterKey key, ReadOnlySpan<byte> value)
    {
        var reader = new FormatReader(value);
        var version = reader.Version(FormatVersion, "dead letter");
        return new DeadLetter
        {
            Partition = key.Partition,
            Position = key.Position,
            Entity = key.Entity,
            Reason = (RejectReason)reader.Byte(),
            Detail = reader.Text(),
            Source = reader.RequiredText(),
            ReceivedMs = reader.Signed(),
            Form = version >= 2 ? new RawForm((RawKind)reader.Byte(), reader.Byte() == 1, reader.Text()) : default,
            Raw = reader.Take(reader.Remaining).ToArray(),
        };
    }
}
