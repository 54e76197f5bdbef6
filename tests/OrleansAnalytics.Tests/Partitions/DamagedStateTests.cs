using Orleans.Runtime;
using OrleansAnalytics.Catalog;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Tests.Journeys;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

/// <summary>Damage in the state database: what is damaged says so, and what is beside it is read.</summary>
public sealed class DamagedStateTests : IDisposable
{
    private const int Brands = 3_000;
    private const string Letters = "abcdefghijklmnopqrstuvwxyz0123456789";
    private readonly StorageFolder _folder = new();
    private readonly string _path;

    public DamagedStateTests() => _path = _folder.Next();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_flipped_bit_in_a_data_file_costs_the_entities_around_it()
    {
        using (var store = Open())
        {
            await Task.WhenAll(Enumerable.Range(0, Brands).Select(number => WriteAsync(store, number)));
        }

        // Opening writes what was in the write-ahead log as a file.
        Open().Dispose();
        var image = new CrashImage(_path);
        CrashImage.Flip(image.LargestDataFile, new FileInfo(image.LargestDataFile).Length / 2);

        using var again = Open();
        var damaged = 0;
        for (var number = 0; number < Brands; number++)
        {
            try
            {
                var read = await ReadAsync(again, number);
                Assert.True(read.RecordExists);
                Assert.Equal(number + 1, read.State!.Applied[0]);
            }
            catch (DamagedFormatException exception)
            {
                Assert.Contains("Corruption", exception.Message, StringComparison.Ordinal);
                damaged++;
            }
        }

        Assert.InRange(damaged, 1, Brands / 5);
    }

    [Fact]
    public async Task A_cut_write_ahead_log_leaves_the_state_of_an_earlier_moment()
    {
        CrashImage image;
        long before;
        using (var store = Open())
        {
            // Larger than a block of the write-ahead log, so that the third could be read without the second.
            await WriteAsync(store, 1);
            before = new CrashImage(_path).WriteAheadLength;
            await WriteAsync(store, 2, new string('n', 100_000));
            await WriteAsync(store, 3, new string('n', 100_000));
            image = CrashImage.Of(_path, _folder.Next());
        }

        CrashImage.Flip(image.WriteAheadLog, before + 20);
        using var earlier = new RocksDbStateStore(image.Path, new StateStoreOptions());
        Assert.True((await ReadAsync(earlier, 1)).RecordExists);

        // Leaving out only the second write would be wrong: the third may be a checkpoint that relies on it.
        Assert.False((await ReadAsync(earlier, 2)).RecordExists);
        Assert.False((await ReadAsync(earlier, 3)).RecordExists);
    }

    [Fact]
    public async Task A_damaged_checkpoint_names_its_partition_and_the_others_are_read()
    {
        using var store = Open();
        var checkpoints = new RocksDbCheckpointStore(store);
        for (var partition = 0; partition < 3; partition++)
        {
            var parts = new Dictionary<string, ReadOnlyMemory<byte>> { ["counts"] = new byte[] { 1, 2, 3 } };
            await checkpoints.WriteAsync(partition, etag: null, new CheckpointWrite(100 + partition, 1, parts, []), Token);
        }

        Put(store, RocksDbStateStore.Checkpoints, [0, 0, 0, 1, 0], [0x7f, 0, 0]);
        var damaged = await Assert.ThrowsAsync<DamagedFormatException>(async () => await checkpoints.ReadAsync(1, Token));
        Assert.Contains("the checkpoint of partition 1 cannot be read", damaged.Message, StringComparison.Ordinal);
        Assert.Contains("computed again from the log", damaged.Message, StringComparison.Ordinal);
        Assert.Equal(100, (await checkpoints.ReadAsync(0, Token))!.Position);
        Assert.Equal(102, (await checkpoints.ReadAsync(2, Token))!.Position);
        Assert.Equal([100, 0, 102], [checkpoints.PositionOrZero(0), checkpoints.PositionOrZero(1), checkpoints.PositionOrZero(2)]);

        // Without its header a checkpoint is not one that never was.
        using (var lease = store.Enter())
        {
            lease.Db.Remove([0, 0, 0, 1, 0], lease.Db.GetColumnFamily(RocksDbStateStore.Checkpoints));
        }

        await Assert.ThrowsAsync<DamagedFormatException>(async () => await checkpoints.ReadAsync(1, Token));
    }

    [Fact]
    public async Task A_damaged_dead_letter_is_listed_as_damaged_among_the_others()
    {
        using var store = Open();
        var letters = new RocksDbDeadLetterStore(store);
        await letters.PutAsync([.. new[] { 5L, 6, 7 }.Select(position => new DeadLetter { Partition = 1, Position = position, Reason = RejectReason.BadTime, Source = "a:1", ReceivedMs = 1, Raw = default })], Token);
        Put(store, RocksDbStateStore.DeadLetters, [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 6], [0x7f]);
        var listed = await letters.ListAsync(new DeadLetterQuery(), Token);
        Assert.Equal([(5, RejectReason.BadTime), (6, RejectReason.Damaged), (7, RejectReason.BadTime)], listed.Select(letter => (letter.Position, letter.Reason)));
    }

    [Fact]
    public Task A_full_disk_refuses_writes_and_nothing_else_and_a_freed_one_takes_them_again() => FillAndFreeAsync(20, megabytesLeft: 0, Unpackable);

    /// <summary>Left to itself, RocksDB would let writes crawl then, and wait for ever in the end.</summary>
    [Fact]
    public Task A_disk_with_room_for_writes_but_not_to_merge_them_refuses_them_and_a_freed_one_takes_them_again() =>
        FillAndFreeAsync(1_200, megabytesLeft: 4, Packable);

    private static string Packable(int number) => new('n', 5_000);

    private static string Unpackable(int number) => new Random(number).GetString(Letters, 5_000);

    private static async Task FillAndFreeAsync(int before, int megabytesLeft, Func<int, string> product)
    {
        using var disk = new SmallDisk(megabytes: 24);
        var folder = Path.Combine(disk.Path, "state");
        var saved = new List<int>();
        using (var store = new RocksDbStateStore(folder, Small, disk.Write))
        {
            await SaveAsync(store, saved, before, Unpackable);
            disk.Fill(leaving: megabytesLeft << 20);
            var refused = await Assert.ThrowsAsync<IOException>(() => SaveAsync(store, saved, 100_000, product));
            Assert.Contains("No space left on device", refused.Message, StringComparison.Ordinal);
            await AssertSavedAsync(store, saved);
            disk.Free();
            await Eventually.TrueAsync(
                async () =>
                {
                    await SaveAsync(store, saved, 1, product);
                    return true;
                },
                "a write after the disk was freed");
            await SaveAsync(store, saved, 20, product);
            await AssertSavedAsync(store, saved);
        }

        using var again = new RocksDbStateStore(folder, Small);
        await AssertSavedAsync(again, saved);
    }

    private static StateStoreOptions Small => new() { WriteBufferBytes = 1 << 20 };

    private static async Task SaveAsync(RocksDbStateStore store, List<int> saved, int writes, Func<int, string> product)
    {
        for (var i = 0; i < writes; i++)
        {
            var number = saved.Count;
            await WriteAsync(store, number, product(number));
            saved.Add(number);
        }
    }

    private static async Task AssertSavedAsync(RocksDbStateStore store, List<int> saved)
    {
        foreach (var number in saved)
        {
            Assert.Equal(number + 1, (await ReadAsync(store, number)).State!.Applied[0]);
        }
    }

    private static void Put(RocksDbStateStore store, string column, byte[] key, byte[] value)
    {
        using var lease = store.Enter();
        lease.Db.Put(key, value, lease.Db.GetColumnFamily(column));
    }

    private static Task WriteAsync(RocksDbStateStore store, int number, string product = "p")
    {
        var state = new EntityState<ProductFold>(new ProductFold(new CatalogOptions()));
        state.Fold.FoldAll([RandomEvents.Event(RandomEvents.StartMs + number, EventKind.View, product) with { Brand = product + number }]);
        state.Applied.Raise(0, number + 1);
        // A write whose answer was lost may be there already: it is the same one.
        var stored = new GrainState<EntityState<ProductFold>>(state);
        return WriteAsync(store, number, stored);
    }

    private static async Task WriteAsync(RocksDbStateStore store, int number, GrainState<EntityState<ProductFold>> stored)
    {
        stored.ETag = (await ReadAsync(store, number)).ETag;
        await new RocksDbGrainStorage(store).WriteStateAsync("entity", Id(number), stored);
    }

    private static async Task<GrainState<EntityState<ProductFold>>> ReadAsync(RocksDbStateStore store, int number)
    {
        var stored = new GrainState<EntityState<ProductFold>>(new EntityState<ProductFold>(new ProductFold(new CatalogOptions())));
        await new RocksDbGrainStorage(store).ReadStateAsync("entity", Id(number), stored);
        return stored;
    }

    private static GrainId Id(int number) => GrainId.Create(GrainTypes.Product, $"p{number}");

    private RocksDbStateStore Open() => new(_path, new StateStoreOptions());
}
