using System.Security.Cryptography;
using System.Text;
using OrleansAnalytics.Reports;
using Parquet;
using Parquet.Schema;
using Xunit;

namespace OrleansAnalytics.Tests.Reports;

public sealed class DirectoryReportSinkTests : ReportSinkContract, IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("report-sink-").FullName;

    protected override IReportSink Sink => new DirectoryReportSink(_data);

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Snapshot_IsParquetCsvAndManifest_AndNothingElse()
    {
        var locations = await Sink.WriteAsync(Sample("brands", 1), "2019-10-01", Token);

        var expected = new[] { "2019-10-01.parquet", "2019-10-01.csv", "2019-10-01.json" }.Select(name => Path.Combine(_data, "reports", "brands", name)).ToArray();
        Assert.Equal(expected, locations);
        Assert.Equal(expected.Order(), Directory.GetFiles(Path.Combine(_data, "reports", "brands")).Order());
    }

    [Fact]
    public async Task Manifest_NamesPositionsAndChecksums()
    {
        var locations = await Sink.WriteAsync(Sample("brands", 1), "2019-10-01", Token);

        var manifest = SnapshotManifest.FromUtf8(await File.ReadAllBytesAsync(locations[2], Token));

        Assert.Equal(("brands", "2019-10-01", 4, "2019-10-01T02:50:00.000Z"), (manifest.Report, manifest.Period, manifest.Rows, manifest.Watermark));
        Assert.Equal((10L, 20L), (manifest.Positions[0], manifest.Positions[1]));
        foreach (var location in locations.Take(2))
        {
            var checksum = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(location, Token)));
            Assert.Equal(checksum, manifest.Files[Path.GetFileName(location)]);
        }
    }

    [Fact]
    public async Task Parquet_HasTypedColumnsAndPositions()
    {
        var locations = await Sink.WriteAsync(Sample("brands", 1), "2019-10-01", Token);

        await using var reader = await ParquetReader.CreateAsync(locations[0], cancellationToken: Token);

        Assert.Equal(["brand", "views", "revenue"], reader.Schema.DataFields.Select(field => field.Name));
        Assert.NotNull(reader.Metadata!.Schema[1].LogicalType?.STRING);
        Assert.Equal(typeof(long), reader.Schema.DataFields[1].ClrType);
        var revenue = Assert.IsType<DecimalDataField>(reader.Schema.DataFields[2]);
        Assert.Equal((38, 6), (revenue.Precision, revenue.Scale));
        Assert.Equal(("brands", "0:10,1:20", "2019-10-01T02:50:00.000Z"), (reader.CustomMetadata["report"], reader.CustomMetadata["as_of"], reader.CustomMetadata["watermark"]));
    }

    [Fact]
    public async Task Csv_IsRfc4180_WithFormulasDisarmed()
    {
        var locations = await Sink.WriteAsync(Sample("brands", 1), "2019-10-01", Token);

        Assert.Equal(
            "brand,views,revenue\r\nacme,1,13872.4\r\n\"'=HYPERLINK(\"\"x\"\")\",9223372036854775807,0.000001\r\n,,\r\n\"\",-1,-999999999999.123456\r\n",
            Encoding.UTF8.GetString(await File.ReadAllBytesAsync(locations[1], Token)));
    }

    [Fact]
    public async Task Write_ThatFails_LeavesNoTemporaryFile()
    {
        var sample = Sample("brands", 1);
        var wrong = sample with { Table = sample.Table with { Rows = new object?[][] { ["acme", "not a number", 1m] } } };

        await Assert.ThrowsAsync<InvalidCastException>(async () => await Sink.WriteAsync(wrong, "2019-10-01", Token));

        Assert.Empty(Directory.GetFiles(Path.Combine(_data, "reports", "brands")));
    }

    protected override async Task<IReadOnlyList<object?[]>?> ReadRowsAsync(string report, string period)
    {
        var path = Path.Combine(_data, "reports", report, $"{period}.parquet");
        if (!File.Exists(path))
        {
            return null;
        }

        return await SnapshotRows.ReadAsync(await File.ReadAllBytesAsync(path, Token), Token);
    }
}
