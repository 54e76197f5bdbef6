using System.Buffers.Binary;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Events;

/// <summary>
/// How a batch is stored: key = partition (2 bytes) and first position (8 bytes), big-endian so that keys sort by position;
/// value = version, count, time of append, bytes of the partition before it, then the batch as given.
/// </summary>
internal readonly record struct LogRecord(int Count, long AppendedMs, long BytesBefore, int HeaderLength)
{
    public const int KeyLength = 10;
    public const int MaxHeaderLength = 27;
    private const byte FormatVersion = 1;

    public static void WriteKey(Span<byte> key, int partition, long first)
    {
        BinaryPrimitives.WriteUInt16BigEndian(key, (ushort)partition);
        BinaryPrimitives.WriteInt64BigEndian(key[2..], first);
    }

    public static byte[] Key(int partition, long first)
    {
        var key = new byte[KeyLength];
        WriteKey(key, partition, first);
        return key;
    }

    public static (int Partition, long First) ReadKey(ReadOnlySpan<byte> key) =>
        (BinaryPrimitives.ReadUInt16BigEndian(key), BinaryPrimitives.ReadInt64BigEndian(key[2..]));

    /// <summary>Writes the header; answers its length, at most <see cref="MaxHeaderLength"/>.</summary>
    public static int WriteHeader(Span<byte> header, int count, long appendedMs, long bytesBefore)
    {
        header[0] = FormatVersion;
        var length = 1;
        var rest = (uint)count;
        for (; rest >= 0x80; rest >>= 7)
        {
            header[length++] = (byte)(rest | 0x80);
        }

        header[length++] = (byte)rest;
        BinaryPrimitives.WriteInt64LittleEndian(header[length..], appendedMs);
        BinaryPrimitives.WriteInt64LittleEndian(header[(length + 8)..], bytesBefore);
        return length + 16;
    }

    /// <summary>Reads the header; false if it is none.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> value, out LogRecord record)
    {
        record = default;
        try
        {
            var reader = new FormatReader(value);
            reader.Version(FormatVersion, "log record");
            var count = reader.Count();
            var appendedMs = (long)reader.Fixed64();
            var bytesBefore = (long)reader.Fixed64();
            record = new LogRecord((int)count, appendedMs, bytesBefore, value.Length - reader.Remaining);
            return count is >= 1 and <= int.MaxValue && bytesBefore >= 0;
        }
        catch (DamagedFormatException)
        {
            return false;
        }
    }
}
