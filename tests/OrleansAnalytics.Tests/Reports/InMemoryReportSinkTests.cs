using OrleansAnalytics.Reports;
using Xunit;

namespace OrleansAnalytics.Tests.Reports;

public sealed class InMemoryReportSinkTests : ReportSinkContract
{
    private readonly InMemoryReportSink _sink = new();

    protected override IReportSink Sink => _sink;

    protected override Task<IReadOnlyList<object?[]>?> ReadRowsAsync(string report, string period) =>
        Task.FromResult(_sink.Find(report, period)?.Table.Rows);

    [Fact]
    public async Task Writes_AreCounted()
    {
        await _sink.WriteAsync(Sample("brands", 1), "p", Token);
        await _sink.WriteAsync(Sample("brands", 1), "p", Token);

        Assert.Equal(2, _sink.Writes);
    }
}
