namespace OrleansAnalytics.Ingest;

/// <summary>
/// Reads decimal numbers as producers write them, exponents included, into scaled integers: exactly, and rounded half to even once. Neither binary
/// floating point nor <see cref="decimal"/> would do; both round before the rounding that is wanted.
/// </summary>
public static class DecimalText
{
    private const long LargestBeforeDigit = (long.MaxValue - 9) / 10;
    private const int LargestExponent = 10_000;

    /// <summary>
    /// Reads <c>33.2</c>, <c>.5</c>, <c>3.32e1</c>. False for anything else: blanks, signs other than of a negative zero, thousands
    /// separators, NaN, values of which the scaled integer does not fit 63 bits.
    /// </summary>
    /// <param name="utf8">The text.</param>
    /// <param name="decimals">Decimals of the scaled integer: 4 gives ten-thousandths.</param>
    /// <param name="scaled">The value × 10^decimals, rounded half to even.</param>
    /// <param name="exact">True if nothing was rounded.</param>
    public static bool TryParse(ReadOnlySpan<byte> utf8, int decimals, out long scaled, out bool exact)
    {
        scaled = 0;
        exact = true;
        var isNegative = utf8.Length > 0 && utf8[0] == '-';
        var text = isNegative ? utf8[1..] : utf8;
        if (!TryShape(text, out var mantissa, out var whole, out var exponent))
        {
            return false;
        }

        // Digits are taken while they weigh at least one unit of the result; the next one rounds, the rest only breaks ties.
        var weight = (long)whole - 1 + exponent + decimals;
        var half = 0;
        var rest = 0;
        foreach (var c in mantissa)
        {
            if (c == '.')
            {
                continue;
            }

            var digit = c - '0';
            if (weight >= 0)
            {
                if (scaled > LargestBeforeDigit)
                {
                    return false;
                }

                scaled = (scaled * 10) + digit;
            }
            else if (weight == -1)
            {
                half = digit;
            }
            else
            {
                rest |= digit;
            }

            weight--;
        }

        for (; weight >= 0 && scaled != 0; weight--)
        {
            if (scaled > LargestBeforeDigit)
            {
                return false;
            }

            scaled *= 10;
        }

        exact = half == 0 && rest == 0;
        var isZero = scaled == 0 && exact;
        if (half > 5 || (half == 5 && (rest != 0 || (scaled & 1) == 1)))
        {
            scaled++;
        }

        return !isNegative || isZero;
    }

    /// <summary>Digits with at most one point, and an exponent.</summary>
    private static bool TryShape(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> mantissa, out int whole, out int exponent)
    {
        var end = 0;
        var point = -1;
        while (end < text.Length && (char.IsAsciiDigit((char)text[end]) || (text[end] == '.' && point < 0)))
        {
            point = text[end] == '.' ? end : point;
            end++;
        }

        mantissa = text[..end];
        whole = point < 0 ? end : point;
        exponent = 0;
        var digits = point < 0 ? end : end - 1;
        return digits > 0 && (end == text.Length || ((text[end] | 0x20) == 'e' && TryExponent(text[(end + 1)..], out exponent)));
    }

    private static bool TryExponent(ReadOnlySpan<byte> text, out int exponent)
    {
        exponent = 0;
        var isSigned = text.Length > 0 && text[0] is (byte)'+' or (byte)'-';
        var digits = isSigned ? text[1..] : text;
        if (digits.IsEmpty)
        {
            return false;
        }

        foreach (var c in digits)
        {
            if (!char.IsAsciiDigit((char)c))
            {
                return false;
            }

            exponent = Math.Min((exponent * 10) + c - '0', LargestExponent);
        }

        exponent = isSigned && text[0] == '-' ? -exponent : exponent;
        return true;
    }
}
