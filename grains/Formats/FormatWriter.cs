using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Formats;

/// <summary>Writes the binary formats that are stored: little-endian fixed numbers, LEB128 varints, zigzag for signed, strings as varint length (+1, 0 = null) and UTF-8.</summary>
/// <param name="output">Where the bytes go.</param>
public readonly ref struct FormatWriter(IBufferWriter<byte> output)
{
    private const int MostBytesOfAChar = 3;

    /// <summary>The longest text whose length is one byte in any case.</summary>
    private const int LongestShort = 0x7E / MostBytesOfAChar;

    /// <summary>One byte.</summary>
    public void Byte(byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    /// <summary>An unsigned varint.</summary>
    public void Varint(ulong value)
    {
        var span = output.GetSpan(10);
        var length = 0;
        while (value >= 0x80)
        {
            span[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[length++] = (byte)value;
        output.Advance(length);
    }

    /// <summary>A non-negative number as a varint.</summary>
    public void Count(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        Varint((ulong)value);
    }

    /// <summary>A signed number, zigzag.</summary>
    public void Signed(long value) => Varint((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>Eight bytes.</summary>
    public void Fixed64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(output.GetSpan(8), value);
        output.Advance(8);
    }

    /// <summary>Four bytes.</summary>
    public void Fixed32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(output.GetSpan(4), value);
        output.Advance(4);
    }

    /// <summary>An amount.</summary>
    public void Money(Money value) => Signed(value.Units);

    /// <summary>A string or null.</summary>
    public void Text(string? value)
    {
        if (value is null)
        {
            Varint(0);
            return;
        }

        if (value.Length <= LongestShort)
        {
            // Nearly all: written at once behind the place of their length, which is one byte whatever the characters.
            var room = output.GetSpan(1 + (value.Length * MostBytesOfAChar));
            var written = Encoding.UTF8.GetBytes(value, room[1..]);
            room[0] = (byte)(written + 1);
            output.Advance(written + 1);
            return;
        }

        var bytes = Encoding.UTF8.GetByteCount(value);
        Varint((ulong)bytes + 1);
        Encoding.UTF8.GetBytes(value, output.GetSpan(bytes));
        output.Advance(bytes);
    }

    /// <summary>Bytes with their length, readable as a string.</summary>
    public void Utf8(ReadOnlySpan<byte> value)
    {
        Varint((ulong)value.Length + 1);
        output.Write(value);
    }

    /// <summary>Bytes as they are, without a length.</summary>
    public void Raw(ReadOnlySpan<byte> value) => output.Write(value);
}
