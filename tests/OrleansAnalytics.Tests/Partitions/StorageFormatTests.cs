using System.Buffers;
using System.Text;
using Orleans.Runtime;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

/// <summary>Records as the first version wrote them, which must always be readable.</summary>
public sealed class StorageFormatTests : IDisposable
{
    private readonly StorageFolder _folder = new();
    private readonly RocksDbStateStore _store;

    public StorageFormatTests() => _store = new RocksDbStateStore(_folder.Next(), new StateStoreOptions());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Version_1_of_grain_state_stays_readable()
    {
        // Two positions under ETag 258.
        Put(RocksDbStateStore.Entities, Encoding.UTF8.GetBytes("user/17\0entity"), "01" + "0201000000000000" + "02" + "0105" + "0309");
        var positions = new GrainState<StoredPositions>(new StoredPositions());
        await new RocksDbGrainStorage(_store).ReadStateAsync("entity", GrainId.Create("user", "17"), positions);
        Assert.Equal("258", positions.ETag);
        Assert.Equal((5, 9), (positions.State!.Applied[1], positions.State.Applied[3]));
    }

    [Fact]
    public async Task Version_1_of_a_checkpoint_stays_readable()
    {
        Put(RocksDbStateStore.Checkpoints, [0, 0, 0, 2, 0], "01" + "0500000000000000" + "AC02" + "04");
        Put(RocksDbStateStore.Checkpoints, [0, 0, 0, 2, 1, (byte)'a'], "01" + "FFEE");
        var read = await new RocksDbCheckpointStore(_store).ReadAsync(2, Token);
        Assert.Equal((300, 4, "5"), (read!.Position, read.Generation, read.ETag));
        Assert.Equal([0xFF, 0xEE], Assert.Single(read.Parts, p => p.Key == "a").Value.ToArray());
    }

    [Fact]
    public async Task Version_1_of_a_dead_letter_stays_readable()
    {
        Put(RocksDbStateStore.DeadLetters, [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1, 0, (byte)'x'], "01" + "64" + "00" + "03613A" + "0A" + "0102");
        var letter = Assert.Single(await new RocksDbDeadLetterStore(_store).ListAsync(new DeadLetterQuery(Limit: 5), Token));
        Assert.Equal((2, 256, "x", RejectReason.Poison, null, "a:", 5), (letter.Partition, letter.Position, letter.Entity, letter.Reason, letter.Detail, letter.Source, letter.ReceivedMs));
        Assert.Equal([1, 2], letter.Raw.ToArray());
    }

    [Fact]
    public async Task Version_2_of_a_dead_letter_stays_readable()
    {
        Put(RocksDbStateStore.DeadLetters, [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1, 0], "02" + "02" + "00" + "03613A" + "0A" + "02" + "01" + "04612C62" + "0102");
        var letter = Assert.Single(await new RocksDbDeadLetterStore(_store).ListAsync(new DeadLetterQuery(Limit: 5), Token));
        Assert.Equal((RejectReason.BadTime, new RawForm(RawKind.Csv, true, "a,b")), (letter.Reason, letter.Form));
        Assert.Equal([1, 2], letter.Raw.ToArray());
    }

    private void Put(string column, byte[] key, string hex)
    {
        using var lease = _store.Enter();
        lease.Db.Put(key, Convert.FromHexString(hex), lease.Db.GetColumnFamily(column));
    }

    private sealed class StoredPositions : IStoredState
    {
        private AppliedPositions _applied;

        public AppliedPositions Applied => _applied;

        public void WriteTo(IBufferWriter<byte> output) => _applied.WriteTo(new FormatWriter(output));

        public void ReadFrom(ReadOnlySpan<byte> stored)
        {
            var reader = new FormatReader(stored);
            _applied.ReadFrom(ref reader);
        }
    }
}
