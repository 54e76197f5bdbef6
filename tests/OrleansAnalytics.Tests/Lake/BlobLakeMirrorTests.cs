using System.Globalization;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Tests.AzureStorage;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

/// <summary>A lake in blobs, asked through its copy in a folder.</summary>
public sealed class BlobLakeMirrorTests(SharedAzurite azurite) : IAsyncLifetime
{
    private readonly StorageFolder _folder = new();
    private readonly FaultyTransport _transport = new();
    private readonly FakeTimeProvider _time = new();
    private AzureShop? _shop;
    private LakeFolder? _local;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private BlobLakeSink Sink => new(_shop!.Connection);

    public async ValueTask InitializeAsync()
    {
        _shop = await AzureShop.CreateAsync(await azurite.GetAsync(), _transport);
        _local = new LakeFolder(_folder.Next());
    }

    public async ValueTask DisposeAsync()
    {
        if (_shop is not null)
        {
            await _shop.DisposeAsync();
        }

        _folder.Dispose();
    }

    [Fact]
    public async Task The_folder_becomes_what_the_manifests_name_and_files_are_fetched_once()
    {
        using var mirror = NewMirror();
        await mirror.RefreshAsync(Token);
        Assert.Equal(0, Count());
        var first = await FileAsync(1);
        await FileAsync(9);
        var etag = await Sink.WriteAsync(Manifest(first), null, Token);
        await mirror.RefreshAsync(Token);
        Assert.Equal(1, Count());

        var sent = _transport.Sent;
        await mirror.RefreshAsync(Token);
        Assert.Equal(1, _transport.Sent - sent);

        await Sink.WriteAsync(Manifest(first, await FileAsync(2)), etag, Token);
        sent = _transport.Sent;
        await mirror.RefreshAsync(Token);
        Assert.Equal(3, _transport.Sent - sent);
        Assert.Equal(2, Count());
    }

    [Fact]
    public async Task What_left_the_lake_stays_for_a_while_and_another_process_goes_on_with_the_folder()
    {
        using (var mirror = NewMirror())
        {
            var (first, second) = (await FileAsync(1), await FileAsync(2));
            var etag = await Sink.WriteAsync(Manifest(first), null, Token);
            await mirror.RefreshAsync(Token);
            using var began = LakeDatabase.Open(_local!);
            await Sink.WriteAsync(Manifest(second), etag, Token);
            await mirror.RefreshAsync(Token);
            Assert.Equal(1, Count());
            Assert.True(File.Exists(_local!.PathOf(first)));
            Assert.Equal("1", Convert.ToString(Assert.Single(new SqlRunner(began).Rows(new SqlQuery("SELECT count(*) FROM events"), Token).Rows)[0], CultureInfo.InvariantCulture));
            _time.Advance(new AzureOptions().LakeCacheKeep);
            await mirror.RefreshAsync(Token);
            Assert.False(File.Exists(_local.PathOf(first)));
        }

        // Half a file of a process that died, and a manifest that is not the lake's.
        var hidden = Path.Combine(_local!.Manifests, ".partition-00001.json.tmp");
        await File.WriteAllTextAsync(hidden, "{", Token);
        await File.WriteAllTextAsync(_local.PathOfManifest("partition-00007"), "{", Token);
        var sent = _transport.Sent;
        using var next = NewMirror();
        await next.RefreshAsync(Token);
        Assert.Equal(2, _transport.Sent - sent);
        Assert.Equal(1, Count());
        Assert.False(File.Exists(hidden));
    }

    [Fact]
    public async Task A_lake_larger_than_the_folder_may_be_is_refused_and_the_folder_is_as_it_was()
    {
        var first = await FileAsync(1);
        var etag = await Sink.WriteAsync(Manifest(first), null, Token);
        using var mirror = NewMirror(2 << 20);
        await mirror.RefreshAsync(Token);
        await Sink.WriteAsync(Manifest(first, new LakeFile("date=2019-10-01/hour=02/p00001-large.parquet", 1, 2 << 20, 2, 2)), etag, Token);
        var refused = await Assert.ThrowsAsync<LakeTooLargeException>(() => mirror.RefreshAsync(Token));
        Assert.Contains("Azure:LakeCacheBytes", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, Count());
    }

    [Fact]
    public async Task A_missing_or_damaged_file_is_told_and_not_put_in_place()
    {
        var file = await FileAsync(1);
        var etag = await Sink.WriteAsync(Manifest(file with { Bytes = file.Bytes + 1 }), null, Token);
        using var mirror = NewMirror();
        var damaged = await Assert.ThrowsAsync<AzureStorageException>(() => mirror.RefreshAsync(Token));
        Assert.Contains("is damaged", damaged.Message, StringComparison.Ordinal);
        Assert.Equal(0, Count());
        etag = await Sink.WriteAsync(Manifest(file, file with { Path = file.Path + "x" }), etag, Token);
        var missing = await Assert.ThrowsAsync<AzureStorageException>(() => mirror.RefreshAsync(Token));
        Assert.Contains("it is not there", missing.Message, StringComparison.Ordinal);
        Assert.Equal(0, Count());
        await Sink.WriteAsync(Manifest(file), etag, Token);
        await mirror.RefreshAsync(Token);
        Assert.Equal(1, Count());
    }

    [Fact]
    public async Task A_refresh_that_breaks_off_leaves_the_lake_of_before_and_the_next_one_goes_on()
    {
        using var mirror = NewMirror();
        var first = await FileAsync(1);
        var etag = await Sink.WriteAsync(Manifest(first), null, Token);
        await mirror.RefreshAsync(Token);
        await Sink.WriteAsync(Manifest(first, await FileAsync(2), await FileAsync(3)), etag, Token);
        var requests = 0;
        _transport.Decide(_ => ++requests > 3 ? RequestFault.Lost : RequestFault.None);
        await Assert.ThrowsAsync<AzureStorageException>(() => mirror.RefreshAsync(Token));
        Assert.Equal(1, Count());
        _transport.Decide(_ => RequestFault.None);
        await mirror.RefreshAsync(Token);
        Assert.Equal(3, Count());
    }

    private BlobLakeMirror NewMirror(long bytes = 1 << 30) =>
        new(_shop!.Connection, _local!, Options.Create(new AzureOptions { LakeCacheBytes = bytes }), _time);

    private static LakeManifest Manifest(params LakeFile[] files) => new() { Source = "partition-00001", Files = files };

    private async Task<LakeFile> FileAsync(int position)
    {
        var path = $"date=2019-10-01/hour=02/p00001-{position}.parquet";
        await using var file = Sink.Create(path, 1);
        file.Add(position, new ShopEvent { Id = new EventId(1, 2), TimeMs = 1_569_895_200_000, Kind = EventKind.View, UserId = "u", ProductId = "p" });
        return new LakeFile(path, 1, await file.CompleteAsync(Token), position, position);
    }

    private long Count()
    {
        using var database = LakeDatabase.Open(_local!);
        return Convert.ToInt64(Assert.Single(new SqlRunner(database).Rows(new SqlQuery("SELECT count(*) FROM events"), Token).Rows)[0], CultureInfo.InvariantCulture);
    }
}
