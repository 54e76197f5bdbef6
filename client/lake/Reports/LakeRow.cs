using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Lake;

/// <summary>A row of a report's table, by the names of its columns.</summary>
/// <param name="table">The table.</param>
/// <param name="cells">One of its rows.</param>
internal readonly struct LakeRow(ReportTable table, object?[] cells)
{
    /// <summary>A text; null if there is none.</summary>
    public string? TextOrNull(string column) => (string?)Cell(column);

    /// <summary>A text.</summary>
    public string Text(string column) => (string)Cell(column)!;

    /// <summary>A whole number.</summary>
    public long Integer(string column) => (long)Cell(column)!;

    /// <summary>A whole number; null if there is none.</summary>
    public long? IntegerOrNull(string column) => (long?)Cell(column);

    /// <summary>An exact decimal.</summary>
    public decimal Decimal(string column) => (decimal)Cell(column)!;

    /// <summary>An exact decimal; null if there is none.</summary>
    public decimal? DecimalOrNull(string column) => (decimal?)Cell(column);

    /// <summary>The rows of a table.</summary>
    public static IEnumerable<LakeRow> Of(ReportTable table) => table.Rows.Select(cells => new LakeRow(table, cells));

    /// <summary>The table without the rows that <paramref name="isListed"/> leaves out.</summary>
    public static ReportTable Only(ReportTable table, Func<LakeRow, bool> isListed) =>
        table with { Rows = table.Rows.Where(cells => isListed(new LakeRow(table, cells))).ToArray() };

    private object? Cell(string column)
    {
        for (var i = 0; i < table.Columns.Count; i++)
        {
            if (table.Columns[i].Name == column)
            {
                return cells[i];
            }
        }

        throw new ArgumentException($"there is no column {column}", nameof(column));
    }
}
