using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Tests.AzureStorage;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

public sealed class BlobLakeSinkTests(SharedAzurite azurite) : LakeSinkContract, IAsyncLifetime
{
    private readonly FaultyTransport _transport = new();
    private AzureShop? _shop;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _shop = await AzureShop.CreateAsync(await azurite.GetAsync(), _transport);

    public async ValueTask DisposeAsync()
    {
        if (_shop is not null)
        {
            await _shop.DisposeAsync();
        }
    }

    [Fact]
    public async Task Whatever_answer_is_lost_files_and_manifests_are_written_once()
    {
        var sink = NewSink();
        _transport.Once(RequestFault.AnswerLost);
        var bytes = await WriteAsync(sink, "date=2019-10-01/hour=02/p00001-1.parquet", "u");
        Assert.True(bytes > 0);
        var manifest = new LakeManifest { Source = "partition-00001", Through = 1 };
        _transport.Once(RequestFault.AnswerLost);
        var first = await sink.WriteAsync(manifest, null, Token);
        _transport.Once(RequestFault.AnswerLost);
        var second = await sink.WriteAsync(manifest with { Through = 2 }, first, Token);
        Assert.Equal((second, 2), ((await sink.ReadAsync(manifest.Source, Token))!.ETag, (await sink.ReadAsync(manifest.Source, Token))!.Manifest.Through));
    }

    [Fact]
    public async Task A_file_is_never_replaced_by_another()
    {
        var sink = NewSink();
        await WriteAsync(sink, "date=2019-10-01/hour=02/p00001-1.parquet", "u");
        await WriteAsync(sink, "date=2019-10-01/hour=02/p00001-1.parquet", "u");
        await Assert.ThrowsAsync<IOException>(() => WriteAsync(sink, "date=2019-10-01/hour=02/p00001-1.parquet", "another"));
    }

    protected override ILakeSink NewSink() => new BlobLakeSink(_shop!.Connection);

    private static async Task<long> WriteAsync(ILakeSink sink, string path, string user)
    {
        await using var file = sink.Create(path, 1);
        file.Add(1, new ShopEvent { Id = new EventId(1, 2), TimeMs = 1_569_895_200_000, Kind = EventKind.View, UserId = user, ProductId = "p" });
        return await file.CompleteAsync(Token);
    }
}
