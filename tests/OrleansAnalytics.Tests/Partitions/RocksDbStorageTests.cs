using Orleans.Runtime;
using Orleans.Storage;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Partitions;
using RocksDbSharp;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

public sealed class RocksDbGrainStorageTests : GrainStorageContract, IDisposable
{
    private readonly StorageFolder _folder = new();
    private readonly string _path;
    private RocksDbStateStore _database;
    private Action<EmbeddedDatabase, WriteBatch> _write = (database, batch) => database.WriteSynced(batch);

    public RocksDbGrainStorageTests()
    {
        _path = _folder.Next();
        _database = Open();
        Storage = new RocksDbGrainStorage(_database);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    protected override IGrainStorage Storage { get; }

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task State_and_etag_are_there_after_reopening_and_later_etags_are_new()
    {
        var old = Holding("kept");
        await Storage.WriteStateAsync("entity", User, old);
        _database.Dispose();
        _database = Open();
        var again = new RocksDbGrainStorage(_database);
        var state = Holding("");
        await again.ReadStateAsync("entity", User, state);
        Assert.Equal(("kept", old.ETag), (state.State!.Text, state.ETag));
        await again.WriteStateAsync("entity", User, state);
        await Assert.ThrowsAsync<InconsistentStateException>(() => again.WriteStateAsync("entity", User, old));
    }

    [Fact]
    public async Task Writes_that_wait_share_one_sync_and_a_conflict_fails_only_its_own()
    {
        using var entered = new SemaphoreSlim(0);
        using var release = new SemaphoreSlim(0);
        _write = (database, batch) =>
        {
            entered.Release();
            release.Wait(Token);
            database.WriteSynced(batch);
        };
        var first = Storage.WriteStateAsync("entity", User, Holding("first"));
        await entered.WaitAsync(Token);
        var late = Storage.WriteStateAsync("entity", User, Holding("late"));
        var others = Enumerable.Range(0, 50).Select(i => Storage.WriteStateAsync("entity", GrainId.Create("user", $"other {i}"), Holding("x"))).ToArray();
        release.Release(2);
        await first;
        await Task.WhenAll(others);
        await Assert.ThrowsAsync<InconsistentStateException>(() => late);
        Assert.Equal(2, _database.Groups);
    }

    [Fact]
    public async Task Two_writes_of_one_record_in_one_group_see_each_other()
    {
        using var entered = new SemaphoreSlim(0);
        using var release = new SemaphoreSlim(0);
        _write = (database, batch) =>
        {
            entered.Release();
            release.Wait(Token);
            database.WriteSynced(batch);
        };
        var blocker = Storage.WriteStateAsync("entity", GrainId.Create("user", "blocker"), Holding("x"));
        await entered.WaitAsync(Token);
        var (one, two) = (Storage.WriteStateAsync("entity", User, Holding("one")), Storage.WriteStateAsync("entity", User, Holding("two")));
        release.Release(100);
        await blocker;
        await one;
        await Assert.ThrowsAsync<InconsistentStateException>(() => two);
    }

    [Fact]
    public async Task A_failed_write_keeps_the_etag_and_the_next_one_works()
    {
        var state = Holding("a");
        await Storage.WriteStateAsync("entity", User, state);
        var before = state.ETag;
        _write = (_, _) => throw new IOException("no space left");
        await Assert.ThrowsAsync<IOException>(() => Storage.WriteStateAsync("entity", User, state));
        Assert.Equal(before, state.ETag);
        _write = (database, batch) => database.WriteSynced(batch);
        await Storage.WriteStateAsync("entity", User, state);
    }

    [Fact]
    public async Task Disposing_finishes_what_is_queued_and_then_everything_throws()
    {
        var writes = Enumerable.Range(0, 50).Select(i => Storage.WriteStateAsync("entity", GrainId.Create("user", $"{i}"), Holding("x"))).ToArray();
        _database.Dispose();
        _database.Dispose();
        await Task.WhenAll(writes);
        var checkpoints = new RocksDbCheckpointStore(_database);
        var letters = new RocksDbDeadLetterStore(_database);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Storage.WriteStateAsync("entity", User, Holding("x")));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Storage.ReadStateAsync("entity", User, Holding("x")));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await checkpoints.ReadAsync(0, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await letters.ListAsync(new DeadLetterQuery(Limit: 1), Token));
    }

    private RocksDbStateStore Open() => new(_path, new StateStoreOptions { WriteBufferBytes = 1 << 20 }, (database, batch) => _write(database, batch));
}

public sealed class RocksDbCheckpointStoreTests : CheckpointStoreContract, IDisposable
{
    private readonly StorageFolder _folder = new();
    private readonly string _path;
    private RocksDbStateStore _database;

    public RocksDbCheckpointStoreTests()
    {
        _path = _folder.Next();
        _database = new RocksDbStateStore(_path, new StateStoreOptions());
        Store = new RocksDbCheckpointStore(_database);
    }

    protected override ICheckpointStore Store { get; }

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_checkpoint_is_there_after_reopening()
    {
        var etag = await Store.WriteAsync(7, null, Write(long.MaxValue, 3, ("a", [1])), Token);
        _database.Dispose();
        _database = new RocksDbStateStore(_path, new StateStoreOptions());
        var again = new RocksDbCheckpointStore(_database);
        var read = await again.ReadAsync(7, Token);
        Assert.Equal((long.MaxValue, 3, etag), (read!.Position, read.Generation, read.ETag));
        Assert.Equal(["a|01"], Parts(read));
        await again.WriteAsync(7, etag, Write(1, 4), Token);
        await Assert.ThrowsAsync<CheckpointConflictException>(async () => await again.WriteAsync(7, etag, Write(1, 4), Token));
    }
}
