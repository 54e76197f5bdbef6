namespace OrleansAnalytics.Benchmarks.Results;

/// <summary>A table that reads well in a terminal and is Markdown.</summary>
/// <param name="head">The names of the columns.</param>
/// <param name="textColumns">How many of them, from the left, hold text; the others hold numbers.</param>
internal sealed class ResultTable(string[] head, int textColumns)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    public override string ToString()
    {
        var widths = head.Select((name, column) => _rows.Select(row => row[column].Length).Append(name.Length).Max()).ToArray();
        var rule = widths.Select((width, column) => column < textColumns ? new string('-', width + 2) : new string('-', width + 1) + ":");
        return string.Join('\n', [Line(head, widths), $"|{string.Join('|', rule)}|", .. _rows.Select(row => Line(row, widths))]);
    }

    private string Line(string[] cells, int[] widths) =>
        $"| {string.Join(" | ", cells.Select((cell, column) => column < textColumns ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column])))} |";
}
