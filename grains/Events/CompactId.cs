using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions.Operators;

namespace OrleansAnalytics.Events;

/// <summary>
/// An id that needs no object of its own if it is a decimal number, as nearly every product's is: who keeps or writes thousands of ids then finds all of them beside each
/// other. Any text is an id, and no two texts are the same one.
/// </summary>
public readonly record struct CompactId
{
    /// <summary>The most digits of a number: any number of so many, multiplied to as many digits, is an <see cref="ulong"/>.</summary>
    private const int MostDigits = 18;

    // Null for a number.
    private readonly string? _text;
    private readonly ulong _number;

    /// <summary>The id of this text.</summary>
    public CompactId(string text) => _text = TryNumber(text, out _number) ? null : text;

    /// <summary>The number that this text is in its only decimal form, of 18 digits at the most: no sign, no zeros before it, nothing else.</summary>
    public static bool TryNumber(ReadOnlySpan<char> text, out ulong number) => TryNumber<char>(text, out number);

    /// <summary>The same of a text in ASCII or UTF-8.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> utf8, out ulong number) => TryNumber<byte>(utf8, out number);

    private static bool TryNumber<T>(ReadOnlySpan<T> text, out ulong number)
        where T : unmanaged, IBinaryInteger<T>
    {
        number = 0;
        if (text.Length is 0 or > MostDigits || (text[0] == T.CreateTruncating('0') && text.Length > 1))
        {
            return false;
        }

        foreach (var letter in text)
        {
            var digit = uint.CreateTruncating(letter) - '0';
            if (digit > 9)
            {
                number = 0;
                return false;
            }

            number = (number * 10) + digit;
        }

        return true;
    }

    /// <summary>The order of the texts, ordinally.</summary>
    public static int CompareOrdinal(CompactId left, CompactId right) => left._text is null && right._text is null
        ? CompareDigits(left._number, right._number)
        : string.CompareOrdinal(left.ToString(), right.ToString());

    /// <summary>Writes the text, as <see cref="FormatWriter.Text"/> would.</summary>
    public void WriteTo(FormatWriter writer)
    {
        if (_text is not null)
        {
            writer.Text(_text);
            return;
        }

        Span<byte> digits = stackalloc byte[MostDigits];
        Utf8Formatter.TryFormat(_number, digits, out var length);
        writer.Utf8(digits[..length]);
    }

    /// <inheritdoc/>
    public bool Equals(CompactId other) => _number == other._number && string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => _text?.GetHashCode(StringComparison.Ordinal) ?? KeyedHash<ulong>.Instance.GetHashCode(_number);

    /// <summary>The text.</summary>
    public override string ToString() => _text ?? _number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The order of two numbers as texts: 10 is before 9, and 1 before 10.</summary>
    private static int CompareDigits(ulong left, ulong right)
    {
        var (leftScaled, rightScaled) = (Scaled(left), Scaled(right));
        return leftScaled != rightScaled ? leftScaled.CompareTo(rightScaled) : left.CompareTo(right);
    }

    /// <summary>The number with zeros behind it, up to the most digits.</summary>
    private static ulong Scaled(ulong number)
    {
        const ulong Least = 100_000_000_000_000_000;
        while (number is > 0 and < Least)
        {
            number *= 10;
        }

        return number;
    }
}
