using System.Globalization;
using System.Text;

namespace OrleansAnalytics.Charts;

/// <summary>Texts and numbers as they stand in a page. Everything from outside goes through <see cref="Escape"/>.</summary>
public static class ChartText
{
    private const int LongestLabel = 28;

    private static readonly (decimal Least, string Unit)[] Units = [(1e15m, "P"), (1e12m, "T"), (1e9m, "G"), (1e6m, "M"), (1e3m, "k")];

    /// <summary>
    /// A text that can stand in an element or in a quoted attribute, and means nothing but itself. Characters that a page must not hold (control characters, halves of
    /// a pair) become U+FFFD.
    /// </summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            escaped = rune.Value switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '"' => escaped.Append("&quot;"),
                '\'' => escaped.Append("&#39;"),
                _ when Rune.IsControl(rune) || IsDirection(rune.Value) => escaped.Append('\uFFFD'),
                _ => escaped.Append(rune.ToString()),
            };
        }

        return escaped.ToString();
    }

    /// <summary>A text of at most 28 characters, the last an ellipsis if there were more.</summary>
    public static string Label(string text)
    {
        var info = new StringInfo(text);
        return info.LengthInTextElements <= LongestLabel ? text : info.SubstringByTextElements(0, LongestLabel - 1) + "…";
    }

    /// <summary><c>1,234,567</c>; decimals only if there are any, and then two.</summary>
    public static string Number(decimal value) => value.ToString(value == decimal.Truncate(value) ? "N0" : "N2", CultureInfo.InvariantCulture);

    /// <summary>An amount: <c>2,491,768.60</c>.</summary>
    public static string Money(decimal value) => value.ToString("N2", CultureInfo.InvariantCulture);

    /// <summary>A share as percent: <c>1.53 %</c>; a dash if there is none.</summary>
    public static string Percent(decimal? share) => share is { } known ? (known * 100).ToString("N2", CultureInfo.InvariantCulture) + " %" : "–";

    /// <summary>A number for an axis, with at most three digits: <c>1.25M</c>.</summary>
    public static string Short(decimal value)
    {
        foreach (var (least, unit) in Units)
        {
            if (Math.Abs(value) >= least)
            {
                return value / least >= 1000 ? value.ToString("0.##E0", CultureInfo.InvariantCulture) : Digits(value / least) + unit;
            }
        }

        return Digits(value);
    }

    /// <summary>A coordinate.</summary>
    internal static string At(double coordinate) => Math.Round(coordinate, 2).ToString("0.##", CultureInfo.InvariantCulture);

    private static string Digits(decimal value) => value.ToString(Math.Abs(value) >= 100 ? "0" : Math.Abs(value) >= 10 ? "0.#" : "0.##", CultureInfo.InvariantCulture);

    // They turn around what stands behind them, also outside of their own text.
    private static bool IsDirection(int rune) => rune is >= 0x202A and <= 0x202E or >= 0x2066 and <= 0x2069;
}
