using System.Globalization;
using Microsoft.VisualBasic.FileIO;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary>Shows a report's CSV as a table for people.</summary>
internal static class ReportTableView
{
    /// <summary>Prints at most <paramref name="maxRows"/> rows and says how many more there are.</summary>
    public static void Print(string name, string csv, int maxRows)
    {
        using var parser = new TextFieldParser(new StringReader(csv)) { HasFieldsEnclosedInQuotes = true, TrimWhiteSpace = false };
        parser.SetDelimiters(",");
        var columns = parser.ReadFields() ?? [];
        var rows = new List<string[]>();
        while (parser.ReadFields() is { } row)
        {
            rows.Add(row);
        }

        var table = new Table().Title(Markup.Escape(Printer.Plain(name)));
        for (var i = 0; i < columns.Length; i++)
        {
            var numbers = rows.TrueForAll(row => row[i].Length == 0 || decimal.TryParse(row[i], NumberStyles.Number, CultureInfo.InvariantCulture, out _));
            var column = new TableColumn(Markup.Escape(Printer.Plain(columns[i])));
            table.AddColumn(numbers ? column.RightAligned() : column);
        }

        foreach (var row in rows.Take(maxRows))
        {
            table.AddRow([.. row.Select(cell => Markup.Escape(Printer.Plain(cell)))]);
        }

        AnsiConsole.Write(table);
        if (rows.Count > maxRows)
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"… and {rows.Count - maxRows:N0} more (--rows N shows more, --csv all)"));
        }
    }
}
