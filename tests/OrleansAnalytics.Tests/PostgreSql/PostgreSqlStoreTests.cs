using Orleans.Runtime;
using Orleans.Storage;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.PostgreSql;
using OrleansAnalytics.Tests.Ingest;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.PostgreSql;

public sealed class PostgreSqlGrainStorageTests(PostgreSqlOfTheRun server) : GrainStorageContract, IAsyncLifetime
{
    private PostgreSqlDatabase _database = null!;
    private PostgreSqlGrainStorage _storage = null!;

    protected override IGrainStorage Storage => _storage;

    public async ValueTask InitializeAsync()
    {
        var options = await server.NewShopAsync();
        _database = new PostgreSqlDatabase(options, TimeProvider.System);
        _storage = new PostgreSqlGrainStorage(_database, options);
    }

    public async ValueTask DisposeAsync()
    {
        if (_storage is not null)
        {
            await _storage.DisposeAsync();
            await _database.DisposeAsync();
        }
    }

    [Fact]
    public async Task Writes_that_wait_share_a_transaction_and_a_conflict_fails_only_its_own()
    {
        await Storage.WriteStateAsync("entity", User, Holding("first"));
        var before = _storage.Groups;
        var late = Storage.WriteStateAsync("entity", User, Holding("late"));
        var others = Enumerable.Range(0, 2_000).Select(i => Storage.WriteStateAsync("entity", GrainId.Create("user", $"other {i}"), Holding("x"))).ToArray();
        await Task.WhenAll(others);
        await Assert.ThrowsAsync<InconsistentStateException>(() => late);
        Assert.InRange(_storage.Groups - before, 1, 200);
    }

    [Fact]
    public async Task Two_writes_of_one_record_at_once_see_each_other()
    {
        for (var i = 0; i < 20; i++)
        {
            var id = GrainId.Create("user", $"{i}");
            var writes = new[] { Storage.WriteStateAsync("entity", id, Holding("one")), Storage.WriteStateAsync("entity", id, Holding("two")) };
            await writes[0];
            await Assert.ThrowsAsync<InconsistentStateException>(() => writes[1]);
        }
    }

    [Fact]
    public async Task Thousands_that_are_read_at_once_get_their_own_record_each()
    {
        var ids = Enumerable.Range(0, 3_000).Select(i => GrainId.Create("user", $"{i}")).ToArray();
        await Task.WhenAll(ids.Where((_, i) => i % 3 > 0).Select(id => Storage.WriteStateAsync("entity", id, Holding($"of {id}"))));
        var states = await Task.WhenAll(ids.Select(async id =>
        {
            var state = Holding("nothing");
            await Storage.ReadStateAsync("entity", id, state);
            return state;
        }));
        Assert.All(states, (state, i) => Assert.Equal((i % 3 > 0, i % 3 > 0 ? $"of {ids[i]}" : "nothing"), (state.RecordExists, state.State!.Text)));
    }

    [Fact]
    public async Task A_second_store_over_the_same_database_gives_other_etags_and_meets_the_first_ones()
    {
        await using var second = new PostgreSqlGrainStorage(_database, new PostgreSqlOptions());
        var state = Holding("of the first");
        await Storage.WriteStateAsync("entity", User, state);
        var seen = Holding("");
        await second.ReadStateAsync("entity", User, seen);
        await second.WriteStateAsync("entity", User, seen);
        Assert.NotEqual(state.ETag, seen.ETag);
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("entity", User, state));
    }

    [Fact]
    public async Task Disposing_finishes_what_is_queued_and_then_everything_throws()
    {
        var writes = Enumerable.Range(0, 50).Select(i => Storage.WriteStateAsync("entity", GrainId.Create("user", $"{i}"), Holding("x"))).ToArray();
        await _storage.DisposeAsync();
        await Task.WhenAll(writes);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Storage.WriteStateAsync("entity", User, Holding("x")));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Storage.ReadStateAsync("entity", User, Holding("x")));
    }
}

public sealed class PostgreSqlCheckpointStoreTests(PostgreSqlOfTheRun server) : CheckpointStoreContract, IAsyncLifetime
{
    private PostgreSqlDatabase _database = null!;
    private PostgreSqlCheckpointStore _store = null!;

    protected override ICheckpointStore Store => _store;

    public async ValueTask InitializeAsync()
    {
        _database = new PostgreSqlDatabase(await server.NewShopAsync(), TimeProvider.System);
        _store = new PostgreSqlCheckpointStore(_database);
    }

    public async ValueTask DisposeAsync()
    {
        if (_store is not null)
        {
            _store.Dispose();
            await _database.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_large_checkpoint_is_there_for_another_store()
    {
        var part = new byte[5 << 20];
        new Random(1).NextBytes(part);
        var etag = await Store.WriteAsync(7, null, Write(long.MaxValue, 3, ("a", part)), Token);
        using var again = new PostgreSqlCheckpointStore(_database);
        var read = await again.ReadAsync(7, Token);
        Assert.Equal((long.MaxValue, 3, etag), (read!.Position, read.Generation, read.ETag));
        Assert.Equal(part, read.Parts["a"].ToArray());
        await again.WriteAsync(7, etag, Write(1, 4), Token);
        await Assert.ThrowsAsync<CheckpointConflictException>(async () => await again.WriteAsync(7, etag, Write(1, 4), Token));
    }
}

public sealed class PostgreSqlDeadLetterStoreTests(PostgreSqlOfTheRun server) : DeadLetterStoreContract, IAsyncLifetime
{
    private PostgreSqlDatabase _database = null!;

    protected override IDeadLetterStore Store => new PostgreSqlDeadLetterStore(_database);

    public async ValueTask InitializeAsync() => _database = new PostgreSqlDatabase(await server.NewShopAsync(), TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_listing_passes_over_more_letters_than_a_page_has()
    {
        await Store.PutAsync([.. Enumerable.Range(1, 1_700).Select(position => Letter(1, position) with { Source = $"{position % 2}.csv:{position}" })], Token);
        var listed = await Store.ListAsync(new DeadLetterQuery(Limit: 800) { Source = "1.csv" }, Token);
        Assert.Equal(Enumerable.Range(0, 800).Select(i => (2L * i) + 1), listed.Select(letter => letter.Position));
    }

    [Fact]
    public async Task Two_that_trim_at_once_count_each_expired_letter_once()
    {
        await Store.PutAsync([.. Enumerable.Range(1, 1_000).Select(position => Letter(1, position))], Token);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Store.TrimAsync(1, 1_000, new DeadLetterBounds(100, 99), Token).AsTask()));
        Assert.Equal(new DeadLetterTotals(100, 0, 900), await Store.TrimAsync(1, 1_000, new DeadLetterBounds(100, 99), Token));
    }
}
