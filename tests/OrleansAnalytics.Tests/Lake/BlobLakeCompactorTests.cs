using System.Globalization;
using Azure.Core;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Tests.AzureStorage;
using OrleansAnalytics.Tests.Partitions;
using Xunit;
using Request = Azure.Core.Request;

namespace OrleansAnalytics.Tests.Lake;

/// <summary>Compaction of a lake in blobs, and what those who read it see meanwhile.</summary>
public sealed class BlobLakeCompactorTests(SharedAzurite azurite) : IAsyncLifetime
{
    private readonly StorageFolder _folder = new();
    private readonly FaultyTransport _transport = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeMilliseconds(GrowingLake.Start));
    private readonly LakeCompactionOptions _options = new() { MaxFiles = 3 };
    private AzureShop? _shop;
    private GrowingLake? _lake;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _shop = await AzureShop.CreateAsync(await azurite.GetAsync(), _transport);
        _lake = new GrowingLake(new BlobLakeSink(_shop.Again().Connection));
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
    public async Task Small_files_of_an_hour_become_one_with_the_same_events_and_go_when_no_reader_can_want_them()
    {
        await WriteHoursAsync(hours: 1, files: 4);
        await _lake!.WriteAsync(hour: 3, events: 5);
        using var before = NewMirror();
        var rows = await RowsAsync(before);
        Assert.Equal(new CompactionResult(1, 4, 0, 0, 0, 0), await NewCompactor().RunAsync(Token));
        Assert.Equal((6, 2), ((await BlobsAsync("events/")).Count, await NamedAsync()));
        using var after = NewMirror();
        Assert.Equal(rows, await RowsAsync(after));
        Assert.Equal(rows, await RowsAsync(before));

        Assert.Equal(CompactionResult.Nothing, await NewCompactor().RunAsync(Token));
        _time.Advance(_options.KeepReplaced);
        Assert.Equal(4, (await NewCompactor().RunAsync(Token)).FilesRemoved);
        Assert.Equal((2, 2), ((await BlobsAsync("events/")).Count, await NamedAsync()));
        Assert.Equal(rows, await RowsAsync(after));
        Assert.Equal(CompactionResult.Nothing, await NewCompactor().RunAsync(Token));
    }

    [Fact]
    public async Task Days_beyond_those_that_are_kept_are_dropped()
    {
        _options.KeepDays = 2;
        await _lake!.WriteAsync(hour: 2, events: 3);
        await _lake.WriteAsync(hour: 30, events: 4);
        await _lake.WriteAsync(hour: 50, events: 5);
        Assert.Equal(1, (await NewCompactor().RunAsync(Token)).FilesDropped);
        using var mirror = NewMirror();
        Assert.Equal(9, await CountAsync(mirror));
    }

    [Fact]
    public async Task A_lake_that_nobody_has_written_is_left_alone()
    {
        Assert.Equal(CompactionResult.Nothing, await NewCompactor().RunAsync(Token));
        Assert.Empty(await BlobsAsync("manifests/"));
    }

    [Fact]
    public async Task Readers_beside_compaction_see_every_event_once_at_every_moment()
    {
        await WriteHoursAsync(hours: 6, files: 3);
        using var mirror = NewMirror();
        Assert.Equal(_lake!.Events, await CountAsync(mirror));
        for (var round = 0; round < 3; round++)
        {
            var compacting = Task.Run(() => NewCompactor().RunAsync(Token), Token);
            do
            {
                using var fresh = NewMirror();
                Assert.Equal(_lake.Events, await CountAsync(mirror));
                Assert.Equal(_lake.Events, await CountAsync(fresh));
            }
            while (!compacting.IsCompleted);
            await compacting;
            _time.Advance(_options.KeepReplaced);
            await WriteHoursAsync(hours: 2, files: 2);
        }

        await NewCompactor().RunAsync(Token);
        Assert.Equal(_lake.Events, await CountAsync(mirror));
    }

    [Fact]
    public async Task A_file_that_is_compacted_away_while_others_are_fetched_is_no_trouble()
    {
        await WriteHoursAsync(hours: 1, files: 4);
        var isDone = false;
        _transport.Before(async request =>
        {
            if (!isDone && request.Method == RequestMethod.Get && request.Uri.Path.Contains("/events/", StringComparison.Ordinal))
            {
                isDone = true;
                await NewCompactor(_shop!.Again()).RunAsync(Token);
                _time.Advance(_options.KeepReplaced);
                await NewCompactor(_shop!.Again()).RunAsync(Token);
            }
        });
        using var mirror = new BlobLakeMirror(_shop!.Connection, new LakeFolder(_folder.Next()), Options.Create(new AzureOptions()), _time);
        Assert.Equal(_lake!.Events, await CountAsync(mirror));
        Assert.True(isDone);
    }

    [Fact]
    public async Task Manifests_that_are_replaced_while_they_are_read_are_read_again()
    {
        await WriteHoursAsync(hours: 1, files: 4);
        using var mirror = new BlobLakeMirror(_shop!.Connection, new LakeFolder(_folder.Next()), Options.Create(new AzureOptions()), _time);
        Assert.Equal(_lake!.Events, await CountAsync(mirror));
        var other = _shop.Again();
        await NewCompactor(other).RunAsync(Token);
        _time.Advance(_options.KeepReplaced);
        await NewCompactor(other).RunAsync(Token);
        var isDone = false;
        _transport.Before(async request =>
        {
            if (!isDone && request.Method == RequestMethod.Get && request.Uri.Path.EndsWith("/compacted.json", StringComparison.Ordinal))
            {
                // The partition has forgotten the files that are gone, and then compaction has: of before and after together, every event is there twice.
                isDone = true;
                var sink = new BlobLakeSink(other.Connection);
                var stored = await sink.ReadAsync(LakeManifest.SourceOf(0), Token);
                await sink.WriteAsync(stored!.Manifest with { Files = [] }, stored.ETag, Token);
                await NewCompactor(other).RunAsync(Token);
            }
        });
        Assert.Equal(_lake.Events, await CountAsync(mirror));
        Assert.True(isDone);
    }

    [Fact]
    public async Task One_silo_compacts_at_a_time()
    {
        await WriteHoursAsync(hours: 1, files: 3);
        var (held, go) = Hold(IsPutOfManifest);
        var first = NewCompactor().RunAsync(Token);
        await held.WaitAsync(TimeSpan.FromSeconds(60), Token);
        await Assert.ThrowsAsync<LakeBusyException>(() => NewCompactor(_shop!.Again()).RunAsync(Token));
        go.SetResult();
        Assert.Equal(1, (await first).Hours);
        Assert.Equal(CompactionResult.Nothing, await NewCompactor(_shop!.Again()).RunAsync(Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_silo_that_was_frozen_until_another_had_the_lease_changes_nothing(bool hasMoreToDo)
    {
        await WriteHoursAsync(hours: 1, files: 3);
        var (held, go) = Hold(IsPutOfManifest);
        var frozen = NewCompactor().RunAsync(Token);
        await held.WaitAsync(TimeSpan.FromSeconds(60), Token);
        await LeasedBlobs.BreakAsync(_shop!.Again().Connection.Container("lake"), BlobLakeCompactor.Marker);
        if (!hasMoreToDo)
        {
            // The other one only tidies up: it removes what the frozen one is about to name.
            _options.MaxFiles = 100;
        }

        await NewCompactor(_shop!.Again()).RunAsync(Token);
        go.SetResult();
        await Assert.ThrowsAsync<LakeBusyException>(() => frozen);
        using var mirror = NewMirror();
        Assert.Equal(_lake!.Events, await CountAsync(mirror));
        _options.MaxFiles = 3;
        await NewCompactor().RunAsync(Token);
        _time.Advance(_options.KeepReplaced);
        await NewCompactor().RunAsync(Token);
        Assert.Equal((1, 1), ((await BlobsAsync("events/")).Count, await NamedAsync()));
        Assert.Equal(_lake.Events, await CountAsync(mirror));
    }

    /// <summary>From one request on nothing arrives any more, as if the silo had died; or that request arrives and its answer does not.</summary>
    [Theory]
    [InlineData(RequestFault.Lost)]
    [InlineData(RequestFault.AnswerLost)]
    public async Task A_crash_at_any_request_leaves_the_lake_whole_and_strays_are_removed_later(object fault)
    {
        for (var step = 1; ; step++)
        {
            await WriteHoursAsync(hours: 1, files: 3);
            var requests = 0;
            _transport.Decide(_ => ++requests < step ? RequestFault.None : requests == step ? (RequestFault)fault : RequestFault.Lost);
            var failure = await Record.ExceptionAsync(() => NewCompactor().RunAsync(Token));
            _transport.Decide(_ => RequestFault.None);
            await LeasedBlobs.BreakAsync(_shop!.Again().Connection.Container("lake"), BlobLakeCompactor.Marker);
            using var mirror = NewMirror();
            Assert.Equal(_lake!.Events, await CountAsync(mirror));
            await NewCompactor().RunAsync(Token);
            _time.Advance(_options.KeepReplaced);
            await NewCompactor().RunAsync(Token);
            Assert.Equal(_lake.Events, await CountAsync(mirror));
            Assert.Equal(await NamedAsync(), (await BlobsAsync("events/")).Count);
            if (failure is null)
            {
                // The last two that may fail without harm are the end of the lease and the manifest that forgets.
                Assert.True(step > 8, $"{step}");
                return;
            }

            Assert.IsType<AzureStorageException>(failure);
        }
    }

    private static bool IsPutOfManifest(Request request) => request.Method == RequestMethod.Put && request.Uri.Path.EndsWith("/manifests/compacted.json", StringComparison.Ordinal);

    /// <summary>Holds the next such request until it is let go.</summary>
    private (Task Held, TaskCompletionSource Go) Hold(Func<Request, bool> which)
    {
        var (held, go) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _transport.Before(request => which(request) && held.TrySetResult() ? go.Task : Task.CompletedTask);
        return (held.Task, go);
    }

    private BlobLakeCompactor NewCompactor(AzureShop? shop = null) => new((shop ?? _shop!).Connection, new LakeFolder(_folder.Next()), Options.Create(_options), _time);

    private BlobLakeMirror NewMirror() => new(_shop!.Again().Connection, new LakeFolder(_folder.Next()), Options.Create(new AzureOptions()), _time);

    private async Task WriteHoursAsync(int hours, int files)
    {
        for (var file = 0; file < hours * files; file++)
        {
            await _lake!.WriteAsync(file % hours, 7);
        }
    }

    private async Task<List<string>> BlobsAsync(string prefix)
    {
        var names = new List<string>();
        await foreach (var blob in _shop!.Again().Connection.Container("lake").GetBlobsAsync(Azure.Storage.Blobs.Models.BlobTraits.None, Azure.Storage.Blobs.Models.BlobStates.None, prefix, Token))
        {
            names.Add(blob.Name);
        }

        return names;
    }

    /// <summary>How many files belong to the lake.</summary>
    private async Task<int> NamedAsync()
    {
        using var mirror = NewMirror();
        await mirror.RefreshAsync(Token);
        return LakeManifest.FilesOf(mirror.Folder.Read()).Count;
    }

    private static async Task<long> CountAsync(BlobLakeMirror mirror) => Convert.ToInt64(Assert.Single(await RowsAsync(mirror, "SELECT count(*) FROM events")), CultureInfo.InvariantCulture);

    private static async Task<List<string>> RowsAsync(BlobLakeMirror mirror, string sql = "SELECT (e)::VARCHAR FROM events e ORDER BY 1")
    {
        await mirror.RefreshAsync(Token);
        using var database = LakeDatabase.Open(mirror.Folder);
        return [.. new SqlRunner(database).Rows(new SqlQuery(sql), Token).Rows.Select(row => Convert.ToString(row[0], CultureInfo.InvariantCulture)!)];
    }
}
