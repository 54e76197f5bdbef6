using Parquet;
using Parquet.Schema;

namespace OrleansAnalytics.Reports;

/// <summary>
/// A report's table as a Parquet file of one row group. Columns are nullable: string, int64, decimal(38,6). Report, positions and watermark are in the
/// file's key-value metadata (<c>report</c>, <c>as_of</c>, <c>watermark</c>).
/// </summary>
public static class ReportParquet
{
    private const int Precision = 38;
    private const int Scale = 6;

    /// <summary>Writes the file; leaves <paramref name="stream"/> open.</summary>
    public static async Task WriteAsync(Stream stream, Report report, CancellationToken cancellationToken = default)
    {
        var table = report.Table;
        var fields = table.Columns.Select(Field).ToArray();
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream, cancellationToken: cancellationToken);
        writer.CustomMetadata = new Dictionary<string, string>
        {
            ["report"] = report.Name,
            ["as_of"] = ReportAsOf.Positions(report),
            ["watermark"] = ReportAsOf.Watermark(report) ?? "",
        };
        using var group = writer.CreateRowGroup();
        for (var column = 0; column < fields.Length; column++)
        {
            switch (table.Columns[column].Type)
            {
                case ReportColumnType.Integer:
                    await group.WriteAsync<long>(fields[column], Cells<long?>(table, column), cancellationToken: cancellationToken);
                    break;
                case ReportColumnType.Decimal:
                    await group.WriteAsync<decimal>(fields[column], Cells<decimal?>(table, column), cancellationToken: cancellationToken);
                    break;
                default:
                    await group.WriteAsync(fields[column], Cells<string?>(table, column)!);
                    break;
            }
        }

        group.CompleteValidate();
    }

    private static DataField Field(ReportColumn column) => column.Type switch
    {
        ReportColumnType.Text => new DataField(column.Name, typeof(string), isNullable: true),
        ReportColumnType.Integer => new DataField(column.Name, typeof(long), isNullable: true),
        ReportColumnType.Decimal => new DecimalDataField(column.Name, Precision, Scale, isNullable: true),
        _ => throw new ArgumentOutOfRangeException(nameof(column), column.Type, "not a column type"),
    };

    private static TCell[] Cells<TCell>(ReportTable table, int column)
    {
        var cells = new TCell[table.Rows.Count];
        for (var row = 0; row < cells.Length; row++)
        {
            cells[row] = (TCell)table.Rows[row][column]!;
        }

        return cells;
    }
}
