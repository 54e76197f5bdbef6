using System.Globalization;
using Microsoft.VisualBasic.FileIO;
using OrleansAnalytics.Reports;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary>Shows a report's CSV as a table for people.</summary>
internal static class ReportTableView
{
    /// <summary>Prints at most <paramref name="maxRows"/> rows and says how many more there are.</summary>
    /// <param name="name">Above the table.</param>
    /// <param name="csv">Header and rows.</param>
    /// <param name="maxRows">Rows at most.</param>
    /// <param name="isReport">The columns are those of a report, whose meaning is known; else cells are shown as they are.</param>
    public static void Print(string name, string csv, int maxRows, bool isReport)
    {
        using var parser = new TextFieldParser(new StringReader(csv)) { HasFieldsEnclosedInQuotes = true, TrimWhiteSpace = false };
        parser.SetDelimiters(",");
        var columns = parser.ReadFields() ?? [];
        var rows = new List<string[]>();
        while (parser.ReadFields() is { } row)
        {
            rows.Add(row);
        }

        var shown = rows.Take(maxRows).ToList();
        var table = new Table().Title(Markup.Escape(Printer.Plain(name)));
        var texts = new List<string[]>();
        for (var i = 0; i < columns.Length; i++)
        {
            var numbers = !(isReport && ReportText.IsName(columns[i])) && rows.TrueForAll(row => row[i].Length == 0 || IsNumber(row[i]));
            var column = new TableColumn(Markup.Escape(Printer.Plain(isReport ? columns[i].Replace('_', ' ') : columns[i])));
            table.AddColumn(numbers ? column.RightAligned() : column);
            texts.Add(isReport && numbers ? Numbers(columns[i], shown, i) : [.. shown.Select(row => row[i])]);
        }

        for (var row = 0; row < shown.Count; row++)
        {
            table.AddRow([.. texts.Select(column => Markup.Escape(Printer.Plain(column[row])))]);
        }

        AnsiConsole.Write(table);
        if (rows.Count > maxRows)
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"… and {rows.Count - maxRows:N0} more (--rows N shows more, --csv all)"));
        }
    }

    private static bool IsNumber(string text) => decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out _);

    private static string[] Numbers(string name, List<string[]> rows, int column)
    {
        var cells = rows.Select(row => row[column].Length == 0 ? (decimal?)null : decimal.Parse(row[column], NumberStyles.Number, CultureInfo.InvariantCulture)).ToList();
        var decimals = ReportText.Decimals(cells.OfType<decimal>());
        return [.. cells.Select(cell => ReportText.Cell(name, cell, decimals))];
    }
}
