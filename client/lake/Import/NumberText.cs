using System.Globalization;
using System.Text.RegularExpressions;

namespace OrleansAnalytics.Lake.Import;

/// <summary>
/// Reads the numbers that the database's casts do not read as the live door does: exponents, more decimals than are kept, a missing digit before or after the
/// point. Exact, rounded half to even once, and no sign but that of a negative zero. Few rows have such numbers; in SQL they would cost all of them.
/// </summary>
internal static partial class NumberText
{
    /// <summary>The highest number of digits; every limit lies below.</summary>
    private const int MostDigits = 17;

    private const int LargestExponent = 10_000;

    /// <summary>A price as text with four decimals; empty if it is no number that is allowed.</summary>
    public static string Price(string text) => Scaled(text, 4, out _) is { } units
        ? string.Create(CultureInfo.InvariantCulture, $"{units / 10_000}.{units % 10_000:0000}") : "";

    /// <summary>A whole number; empty if it is none.</summary>
    public static string Quantity(string text) => Scaled(text, 0, out var isExact) is { } number && isExact ? number.ToString(CultureInfo.InvariantCulture) : "";

    /// <summary>Seconds as milliseconds; empty if it is no number that is allowed.</summary>
    public static string Duration(string text) => Scaled(text, 3, out _)?.ToString(CultureInfo.InvariantCulture) ?? "";

    /// <summary>The number × 10^decimals; null if it is none that is allowed, or has more than 17 digits.</summary>
    private static long? Scaled(string text, int decimals, out bool isExact)
    {
        isExact = true;
        var match = Shape().Match(text);
        var fraction = match.Groups["fraction"].Value;
        var all = match.Groups["whole"].Value + fraction;
        if (!match.Success || all.Length == 0)
        {
            return null;
        }

        // The value is digits × 10^shift; what a negative shift cuts off decides the rounding.
        var digits = all.TrimStart('0');
        var shift = decimals - fraction.Length + Exponent(match.Groups["exponent"].Value);
        var kept = digits.Length + shift;
        if (digits.Length == 0)
        {
            return 0;
        }

        if (text[0] == '-' || kept > MostDigits)
        {
            return null;
        }

        if (shift >= 0)
        {
            return long.Parse(digits + new string('0', shift), CultureInfo.InvariantCulture);
        }

        var number = kept <= 0 ? 0 : long.Parse(digits.AsSpan(0, kept), CultureInfo.InvariantCulture);
        var rest = kept < 0 ? "01" : digits[kept..];
        isExact = rest.AsSpan().TrimEnd('0').IsEmpty;
        var isAboveHalf = rest[0] > '5' || (rest[0] == '5' && (!rest.AsSpan(1).TrimEnd('0').IsEmpty || number % 2 == 1));
        return isAboveHalf ? number + 1 : number;
    }

    private static int Exponent(string text) =>
        text.Length == 0 ? 0
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent) ? (int)Math.Clamp(exponent, -LargestExponent, LargestExponent)
        : text[0] == '-' ? -LargestExponent
        : LargestExponent;

    [GeneratedRegex(@"^-?(?<whole>[0-9]*)(?:\.(?<fraction>[0-9]*))?(?:[eE](?<exponent>[+-]?[0-9]+))?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Shape();
}
