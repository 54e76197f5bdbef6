using System.Buffers.Binary;

namespace OrleansAnalytics.Formats;

/// <summary>
/// Writes what <see cref="FormatWriter"/> writes, byte for byte, into memory that is there already and large enough. Each method takes where to write and answers
/// where the next begins.
/// </summary>
internal static class FormatSpan
{
    /// <summary>The longest varint, in bytes.</summary>
    public const int LongestVarint = 10;

    /// <summary>See <see cref="FormatWriter.Varint"/>.</summary>
    public static int Varint(Span<byte> output, int at, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            output[at++] = (byte)(value | 0x80);
        }

        output[at] = (byte)value;
        return at + 1;
    }

    /// <summary>See <see cref="FormatWriter.Signed"/>.</summary>
    public static int Signed(Span<byte> output, int at, long value) => Varint(output, at, (ulong)((value << 1) ^ (value >> 63)));

    /// <summary>See <see cref="FormatWriter.Count"/>.</summary>
    public static int Count(Span<byte> output, int at, long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        return Varint(output, at, (ulong)value);
    }

    /// <summary>See <see cref="FormatWriter.Fixed64"/>.</summary>
    public static int Fixed64(Span<byte> output, int at, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(output[at..], value);
        return at + sizeof(ulong);
    }

    /// <summary>See <see cref="FormatWriter.Utf8"/>; an empty text as null.</summary>
    public static int Utf8OrNull(Span<byte> output, int at, ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
        {
            output[at] = 0;
            return at + 1;
        }

        at = Varint(output, at, (ulong)utf8.Length + 1);
        utf8.CopyTo(output[at..]);
        return at + utf8.Length;
    }
}
