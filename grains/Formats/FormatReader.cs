using System.Buffers.Binary;
using System.Text;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Formats;

/// <summary>Reads what <see cref="FormatWriter"/> wrote. Every method throws <see cref="DamagedFormatException"/> rather than reading past the end.</summary>
/// <param name="input">The bytes.</param>
public ref struct FormatReader(ReadOnlySpan<byte> input)
{
    private ReadOnlySpan<byte> _rest = input;

    /// <summary>Bytes not yet read.</summary>
    public readonly int Remaining => _rest.Length;

    /// <summary>One byte.</summary>
    public byte Byte() => Take(1)[0];

    /// <summary>The version byte that begins every stored format.</summary>
    /// <param name="newest">The newest version this code can read.</param>
    /// <param name="format">The format's name for the error.</param>
    public byte Version(byte newest, string format)
    {
        var version = Byte();
        return version >= 1 && version <= newest
            ? version
            : throw new DamagedFormatException($"{format} has version {version}; this program reads 1 to {newest}");
    }

    /// <summary>An unsigned varint.</summary>
    public ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var b = Take(1)[0];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw new DamagedFormatException("a varint is longer than ten bytes");
    }

    /// <summary>A non-negative number.</summary>
    public long Count()
    {
        var value = Varint();
        return value <= long.MaxValue ? (long)value : throw new DamagedFormatException("a count is negative");
    }

    /// <summary>A number of items that follow, each at least one byte: bounded by the bytes that are left, so damage cannot ask for huge arrays.</summary>
    public int Items()
    {
        var value = Varint();
        return value <= (ulong)_rest.Length ? (int)value : throw new DamagedFormatException($"{value} items in {_rest.Length} bytes");
    }

    /// <summary>A signed number.</summary>
    public long Signed()
    {
        var value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>Eight bytes.</summary>
    public ulong Fixed64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>Four bytes.</summary>
    public uint Fixed32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>An amount.</summary>
    public Money Money() => new(Signed());

    /// <summary>A string or null.</summary>
    public string? Text() => TryUtf8(out var utf8) ? Encoding.UTF8.GetString(utf8) : null;

    /// <summary>A string that may not be null.</summary>
    public string RequiredText() => Text() ?? throw new DamagedFormatException("a required text is missing");

    /// <summary>The UTF-8 bytes of a string; false for null.</summary>
    public bool TryUtf8(out ReadOnlySpan<byte> utf8)
    {
        var length = Varint();
        if (length == 0)
        {
            utf8 = default;
            return false;
        }

        if (length - 1 > (ulong)_rest.Length)
        {
            throw new DamagedFormatException($"a text of {length - 1} bytes in {_rest.Length} bytes");
        }

        utf8 = Take((int)(length - 1));
        return true;
    }

    /// <summary>The UTF-8 bytes of a string or null.</summary>
    public OptionalUtf8 Utf8()
    {
        var exists = TryUtf8(out var utf8);
        return new OptionalUtf8(utf8, exists);
    }

    /// <summary>Makes sure that everything is read.</summary>
    /// <param name="format">The format's name for the error.</param>
    public readonly void End(string format)
    {
        if (_rest.Length > 0)
        {
            throw new DamagedFormatException($"{_rest.Length} bytes follow the end of {format}");
        }
    }

    /// <summary>The next <paramref name="length"/> bytes.</summary>
    public ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length)
        {
            throw new DamagedFormatException($"{length} bytes wanted, {_rest.Length} left");
        }

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}

/// <summary>Stored bytes cannot be read: damaged, cut, or written by a newer program.</summary>
public sealed class DamagedFormatException(string message) : Exception(message);
