using Parquet;
using Xunit;

namespace OrleansAnalytics.Tests.Reports;

/// <summary>The rows of a snapshot of <see cref="ReportSinkContract"/>'s sample.</summary>
internal static class SnapshotRows
{
    public static async Task<IReadOnlyList<object?[]>> ReadAsync(byte[] parquet, CancellationToken cancellationToken)
    {
        await using var reader = await ParquetReader.CreateAsync(new MemoryStream(parquet), cancellationToken: cancellationToken);
        Assert.Equal(1, reader.RowGroupCount);
        using var group = reader.OpenRowGroupReader(0);
        var rows = new object?[group.RowCount][];
        var texts = new string?[rows.Length];
        var integers = new long?[rows.Length];
        var decimals = new decimal?[rows.Length];
        var fields = reader.Schema.DataFields;
        await group.ReadAsync(fields[0], texts!, cancellationToken: cancellationToken);
        await group.ReadAsync<long>(fields[1], integers, cancellationToken: cancellationToken);
        await group.ReadAsync<decimal>(fields[2], decimals, cancellationToken: cancellationToken);
        for (var row = 0; row < rows.Length; row++)
        {
            rows[row] = [texts[row], integers[row], decimals[row]];
        }

        return rows;
    }
}
