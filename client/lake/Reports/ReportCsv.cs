using System.Buffers;
using System.Globalization;

namespace OrleansAnalytics.Reports;

/// <summary>
/// A report's table as CSV (RFC 4180: CRLF, quotes doubled), UTF-8 without a byte order mark, with a header; null is an empty field, an empty text is
/// <c>""</c>. Brands and categories come from outside, and spreadsheets run a text that begins with <c>= + - @</c>, tab or carriage return as a formula;
/// such texts get a leading apostrophe, which spreadsheets take as "text follows". The Parquet file has them as they are.
/// </summary>
public static class ReportCsv
{
    private static readonly SearchValues<char> MustQuote = SearchValues.Create("\",\r\n");
    private static readonly SearchValues<char> StartsFormula = SearchValues.Create("=+-@\t\r");

    /// <summary>Writes header and rows.</summary>
    public static async Task WriteAsync(TextWriter writer, ReportTable table, CancellationToken cancellationToken = default)
    {
        writer.NewLine = "\r\n";
        await WriteLineAsync(writer, table.Columns.Select(column => Escape(column.Name)), cancellationToken);
        foreach (var row in table.Rows)
        {
            await WriteLineAsync(writer, row.Select(Field), cancellationToken);
        }

        await writer.FlushAsync(cancellationToken);
    }

    /// <summary>One cell as a field.</summary>
    public static string Field(object? cell) => cell switch
    {
        null => "",
        string text => Escape(text.Length > 0 && StartsFormula.Contains(text[0]) ? $"'{text}" : text),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"a cell cannot be a {cell.GetType()}", nameof(cell)),
    };

    private static string Escape(string text) => text.Length == 0 || text.AsSpan().ContainsAny(MustQuote)
        ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : text;

    private static Task WriteLineAsync(TextWriter writer, IEnumerable<string> fields, CancellationToken cancellationToken) =>
        writer.WriteLineAsync(string.Join(',', fields).AsMemory(), cancellationToken);
}
