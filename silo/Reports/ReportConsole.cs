using System.Globalization;
using Spectre.Console;

namespace OrleansAnalytics.Reports;

/// <summary>Prints reports for people: numbers aligned, long tables cut, no colours and frames when the output is not a terminal.</summary>
public static class ReportConsole
{
    /// <summary>Columns taken when the output is no terminal, which has no width of its own; wrapped rows would be useless to grep.</summary>
    public const int RedirectedWidth = 240;

    /// <summary>Prints one report.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="report">What.</param>
    /// <param name="maxRows">Rows at most; a last line says how many more there are.</param>
    public static void Write(IAnsiConsole console, Report report, int maxRows = 20)
    {
        var terminal = console.Profile.Out.IsTerminal;
        if (!terminal)
        {
            console.Profile.Width = RedirectedWidth;
        }

        console.WriteLine();
        console.Write(new Text(Title(report.Name), terminal ? new Style(Color.Aqua, decoration: Decoration.Bold) : Style.Plain));
        console.WriteLine();
        console.Write(Render(report.Table, maxRows, terminal));
        if (report.Table.Rows.Count > maxRows)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"… and {report.Table.Rows.Count - maxRows:N0} more"));
        }

        console.Write(new Text(Footer(report), terminal ? new Style(Color.Grey) : Style.Plain));
        console.WriteLine();
    }

    private static Table Render(ReportTable table, int maxRows, bool terminal)
    {
        var rendered = new Table { Border = terminal ? TableBorder.Rounded : TableBorder.Simple, UseSafeBorder = true };
        foreach (var column in table.Columns)
        {
            var header = new TableColumn(new Text(Title(column.Name))) { NoWrap = !terminal };
            rendered.AddColumn(column.Type == ReportColumnType.Text ? header : header.RightAligned());
        }

        var shown = table.Rows.Take(maxRows).ToArray();
        var decimals = table.Columns.Select((_, column) => ReportText.Decimals(shown.Select(row => row[column]).OfType<decimal>())).ToArray();
        foreach (var row in shown)
        {
            rendered.AddRow(row.Select((cell, column) => new Text(Printable(ReportText.Cell(table.Columns[column].Name, cell, decimals[column])))));
        }

        return rendered;
    }

    private static string Footer(Report report) =>
        $"as of {(report.AsOf.Count == 0 ? "nothing" : ReportAsOf.Positions(report))}, watermark {ReportAsOf.Watermark(report) ?? "none"}";

    private static string Title(string name) => name.Replace('_', ' ');

    // Brands and categories come from outside: control characters could drive the terminal.
    private static string Printable(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : text;
}
