using System.Globalization;

namespace OrleansAnalytics.Reports;

/// <summary>Cells of reports as people read them in a terminal: numbers with separators, shares as percent, names as they are.</summary>
public static class ReportText
{
    // Shares of something, from -1 or 0 to mostly 1; the lift of two products is none.
    private static readonly string[] Shares =
        ["share", "rate", "conversion", "drop_off", "retention", "support", "confidence", "other_confidence", "upper_bound", "overall_conversion"];

    /// <summary>True if the column holds shares, which are shown as percent.</summary>
    public static bool IsShare(string column) =>
        Shares.Contains(column, StringComparer.Ordinal) || column.EndsWith("_share", StringComparison.Ordinal) || column.EndsWith("_rate", StringComparison.Ordinal);

    /// <summary>True if the column holds names, also if they consist of digits: ids, hours, dates.</summary>
    public static bool IsName(string column) =>
        column is "hour" or "date" or "user" or "brand" or "url" or "product" or "category" || column.EndsWith("_id", StringComparison.Ordinal);

    /// <summary>The cell as text; a dash if there is nothing.</summary>
    /// <param name="column">The column's name.</param>
    /// <param name="cell">A text, a whole number, a decimal, or null.</param>
    /// <param name="decimals">Decimals of the column's decimals, so that their points stand below each other.</param>
    public static string Cell(string column, object? cell, int decimals) => cell switch
    {
        null => "–",
        decimal share when IsShare(column) => (share * 100).ToString("N2", CultureInfo.InvariantCulture) + " %",
        long number when IsName(column) => number.ToString(CultureInfo.InvariantCulture),
        long number => number.ToString("N0", CultureInfo.InvariantCulture),

        // Of the totals: counts and an amount in one column.
        decimal number when column == "value" && number == decimal.Truncate(number) => number.ToString("N0", CultureInfo.InvariantCulture),
        decimal number => number.ToString($"N{decimals}", CultureInfo.InvariantCulture),
        _ => cell.ToString()!,
    };

    /// <summary>As many decimals as the finest number needs: none if all are whole, else from two to four.</summary>
    public static int Decimals(IEnumerable<decimal> numbers) => numbers.Select(Decimals).DefaultIfEmpty(0).Max();

    private static int Decimals(decimal number)
    {
        if (number == decimal.Truncate(number))
        {
            return 0;
        }

        var decimals = 2;
        while (decimals < 4 && decimal.Round(number, decimals) != number)
        {
            decimals++;
        }

        return decimals;
    }
}
