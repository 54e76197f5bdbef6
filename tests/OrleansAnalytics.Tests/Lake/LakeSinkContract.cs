using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

/// <summary>What every lake must do.</summary>
public abstract class LakeSinkContract
{
    private static readonly LakeManifest Empty = new() { Source = "partition-00001" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_manifest_is_read_as_it_was_written()
    {
        var sink = NewSink();
        Assert.Null(await sink.ReadAsync(Empty.Source, Token));
        var manifest = Empty with { Generation = 3, Through = 7, Received = 7, Duplicates = 1, Rejected = new Dictionary<string, long> { ["bad_time"] = 2 }, Files = [new("date=2019-10-01/hour=02/p.parquet", 4, 100, 1, 7)] };
        var etag = await sink.WriteAsync(manifest, null, Token);
        var stored = await sink.ReadAsync(Empty.Source, Token);
        Assert.Equal((etag, manifest.Through, manifest.Generation), (stored!.ETag, stored.Manifest.Through, stored.Manifest.Generation));
        Assert.Equal(manifest.Files, stored.Manifest.Files);
        Assert.Equal(manifest.Rejected, stored.Manifest.Rejected);
    }

    [Fact]
    public async Task A_manifest_is_replaced_only_under_its_etag()
    {
        var sink = NewSink();
        var first = await sink.WriteAsync(Empty, null, Token);
        await Assert.ThrowsAsync<LakeConflictException>(() => sink.WriteAsync(Empty with { Through = 1 }, null, Token).AsTask());
        var second = await sink.WriteAsync(Empty with { Through = 2 }, first, Token);
        await Assert.ThrowsAsync<LakeConflictException>(() => sink.WriteAsync(Empty with { Through = 3 }, first, Token).AsTask());
        Assert.Equal((2, second), ((await sink.ReadAsync(Empty.Source, Token))!.Manifest.Through, (await sink.ReadAsync(Empty.Source, Token))!.ETag));
        await sink.WriteAsync(Empty with { Source = "partition-00002" }, null, Token);
    }

    [Fact]
    public async Task Strays_of_a_writer_are_removed_and_nothing_else()
    {
        var sink = NewSink();
        await WriteAsync(sink, "date=2019-10-01/hour=02/p00001-1.parquet");
        await WriteAsync(sink, "date=2019-10-01/hour=03/p00001-2.parquet");
        await WriteAsync(sink, "date=2019-10-01/hour=03/p00002-2.parquet");
        var manifest = Empty with { Files = [new("date=2019-10-01/hour=02/p00001-1.parquet", 1, 1, 1, 1)] };
        Assert.Equal(1, await sink.RemoveStraysAsync("p00001-", manifest, Token));
        Assert.Equal(0, await sink.RemoveStraysAsync("p00001-", manifest, Token));
        Assert.Equal(1, await sink.RemoveStraysAsync("p00002-", Empty, Token));
    }

    [Fact]
    public async Task A_file_that_is_given_up_leaves_nothing_behind()
    {
        var sink = NewSink();
        await using (var file = sink.Create("date=2019-10-01/hour=02/p00001-1.parquet", 1))
        {
            file.Add(1, Event);
        }

        Assert.Equal(0, await sink.RemoveStraysAsync("p00001-", Empty, Token));
    }

    protected abstract ILakeSink NewSink();

    private static readonly ShopEvent Event = new() { Id = new EventId(1, 2), TimeMs = 1_569_895_200_000, Kind = EventKind.View, UserId = "u", ProductId = "p" };

    private static async Task WriteAsync(ILakeSink sink, string path)
    {
        await using var file = sink.Create(path, 1);
        file.Add(1, Event);
        Assert.True(await file.CompleteAsync(Token) > 0);
    }
}

public sealed class InMemoryLakeSinkTests : LakeSinkContract
{
    protected override ILakeSink NewSink() => new InMemoryLakeSink();
}

public sealed class DirectoryLakeSinkTests : LakeSinkContract, IDisposable
{
    private readonly StorageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override ILakeSink NewSink() => new DirectoryLakeSink(new LakeFolder(_folder.Next()));
}
