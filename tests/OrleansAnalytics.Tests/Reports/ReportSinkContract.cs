using OrleansAnalytics.Reports;
using Xunit;

namespace OrleansAnalytics.Tests.Reports;

/// <summary>What every <see cref="IReportSink"/> keeps to.</summary>
public abstract class ReportSinkContract
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract IReportSink Sink { get; }

    /// <summary>The rows of the stored snapshot, or null if there is none.</summary>
    protected abstract Task<IReadOnlyList<object?[]>?> ReadRowsAsync(string report, string period);

    [Fact]
    public async Task Snapshot_IsStoredWithItsRows()
    {
        var locations = await Sink.WriteAsync(Sample("brands", 1), "2019-10-01", Token);

        Assert.NotEmpty(locations);
        Assert.Equal(Sample("brands", 1).Table.Rows, await ReadRowsAsync("brands", "2019-10-01"));
    }

    [Fact]
    public async Task Snapshot_OfTheSameName_IsReplacedAsAWhole()
    {
        await Sink.WriteAsync(Sample("brands", 1), "2019-10-01", Token);
        var longer = Sample("brands", 2);
        await Sink.WriteAsync(longer with { Table = longer.Table with { Rows = [.. longer.Table.Rows, .. longer.Table.Rows] } }, "2019-10-01", Token);
        await Sink.WriteAsync(longer, "2019-10-01", Token);

        Assert.Equal(longer.Table.Rows, await ReadRowsAsync("brands", "2019-10-01"));
    }

    [Fact]
    public async Task Snapshots_OfOtherPeriodsAndReports_StandSideBySide()
    {
        await Sink.WriteAsync(Sample("brands", 1), "2019-10-01", Token);
        await Sink.WriteAsync(Sample("brands", 2), "2019-10-02", Token);
        await Sink.WriteAsync(Sample("totals", 3), "2019-10-01", Token);

        Assert.Equal(Sample("brands", 1).Table.Rows, await ReadRowsAsync("brands", "2019-10-01"));
        Assert.Equal(Sample("brands", 2).Table.Rows, await ReadRowsAsync("brands", "2019-10-02"));
        Assert.Equal(Sample("totals", 3).Table.Rows, await ReadRowsAsync("totals", "2019-10-01"));
        Assert.Null(await ReadRowsAsync("totals", "2019-10-02"));
    }

    [Fact]
    public async Task Snapshot_WithoutRows_IsStored()
    {
        var sample = Sample("brands", 1);
        await Sink.WriteAsync(sample with { Table = sample.Table with { Rows = [] } }, SnapshotName.EmptyPeriod, Token);

        Assert.Empty((await ReadRowsAsync("brands", SnapshotName.EmptyPeriod))!);
    }

    [Theory]
    [InlineData("brands", "../2019-10-01")]
    [InlineData("brands", "")]
    [InlineData("brands", ".hidden")]
    [InlineData("a/b", "2019-10-01")]
    [InlineData("..", "2019-10-01")]
    public async Task Name_ThatLeadsElsewhere_IsRefused(string report, string period) =>
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Sink.WriteAsync(Sample(report, 1), period, Token));

    [Fact]
    public async Task Write_ThatIsCancelled_LeavesTheOldSnapshot()
    {
        await Sink.WriteAsync(Sample("brands", 1), "2019-10-01", Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Sink.WriteAsync(Sample("brands", 2), "2019-10-01", new CancellationToken(canceled: true)));

        Assert.Equal(Sample("brands", 1).Table.Rows, await ReadRowsAsync("brands", "2019-10-01"));
    }

    protected static Report Sample(string name, long seed) => new(
        name,
        new Dictionary<int, long> { [1] = seed * 20, [0] = seed * 10 },
        WatermarkMs: 1_569_898_200_000,
        Json: "{}",
        new ReportTable(
            new ReportColumn[] { new("brand", ReportColumnType.Text), new("views", ReportColumnType.Integer), new("revenue", ReportColumnType.Decimal) },
            new object?[][]
            {
                ["acme", seed, 13_872.4m], ["=HYPERLINK(\"x\")", long.MaxValue, 0.000001m], [null, null, null], ["", -seed, -999_999_999_999.123456m],
            }));
}
