using System.Security.Cryptography;
using Azure;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Tests.AzureStorage;
using Xunit;

namespace OrleansAnalytics.Tests.Reports;

public sealed class BlobReportSinkTests(SharedAzurite azurite) : ReportSinkContract, IAsyncLifetime
{
    private readonly FaultyTransport _transport = new();
    private AzureShop? _shop;

    protected override IReportSink Sink => new BlobReportSink(_shop!.Connection);

    public async ValueTask InitializeAsync() => _shop = await AzureShop.CreateAsync(await azurite.GetAsync(), _transport);

    public async ValueTask DisposeAsync()
    {
        if (_shop is not null)
        {
            await _shop.DisposeAsync();
        }
    }

    [Fact]
    public async Task Snapshot_IsParquetCsvAndManifest_WhichNamesTheirChecksums()
    {
        var locations = await Sink.WriteAsync(Sample("brands", 1), "2019-10-01", Token);

        Assert.Equal(["2019-10-01.parquet", "2019-10-01.csv", "2019-10-01.json"], locations.Select(location => new Uri(location).Segments[^1]));
        await AssertWholeAsync();
    }

    [Fact]
    public async Task Snapshot_WrittenByManyNodes_IsThatOfOne()
    {
        await Task.WhenAll(Enumerable.Range(1, 3).Select(seed => Sink.WriteAsync(Sample("brands", seed), "2019-10-01", Token).AsTask()));

        await AssertWholeAsync();
    }

    [Fact]
    public async Task Snapshot_WhoseAnswerWasLost_IsWritten()
    {
        var puts = 0;
        _transport.Decide(request => request.Method == Azure.Core.RequestMethod.Put && ++puts is 1 or 3 ? RequestFault.AnswerLost : RequestFault.None);

        await Sink.WriteAsync(Sample("brands", 1), "2019-10-01", Token);

        await AssertWholeAsync();
    }

    protected override async Task<IReadOnlyList<object?[]>?> ReadRowsAsync(string report, string period)
    {
        try
        {
            return await SnapshotRows.ReadAsync(await BytesAsync($"{report}/{period}.parquet"), Token);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
    }

    private async Task AssertWholeAsync()
    {
        var manifest = SnapshotManifest.FromUtf8(await BytesAsync("brands/2019-10-01.json"));
        Assert.Equal(2, manifest.Files.Count);
        foreach (var (file, checksum) in manifest.Files)
        {
            Assert.Equal(checksum, Convert.ToHexStringLower(SHA256.HashData(await BytesAsync($"brands/{file}"))));
        }
    }

    private async Task<byte[]> BytesAsync(string name) => (await _shop!.Connection.Container("reports").GetBlobClient(name).DownloadContentAsync(Token)).Value.Content.ToArray();
}
