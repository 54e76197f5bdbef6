using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Tests.Partitions;
using RocksDbSharp;
using Xunit;

namespace OrleansAnalytics.Tests.Events;

public sealed class RocksDbEventLogDamageTests : IDisposable
{
    private readonly StorageFolder _folder = new();
    private readonly string _path;

    public RocksDbEventLogDamageTests() => _path = _folder.Next();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(11)]
    [InlineData(21)]
    public async Task A_record_whose_header_is_unreadable_is_read_as_a_batch_without_bytes(long damaged)
    {
        using var log = Open((database, batch) =>
        {
            database.WriteSynced(batch);
            using var lease = database.Enter();
            if (lease.Db.HasKey(LogRecord.Key(0, damaged)))
            {
                lease.Db.Put(LogRecord.Key(0, damaged), new byte[] { 0xff, 1, 2 });
            }
        });
        for (var i = 0; i < 3; i++)
        {
            await log.AppendAsync(0, new EncodedBatch(new byte[] { 1 }, 10), Token);
        }

        var all = await log.ReadAsync(0, 0, 1000, Token);
        Assert.Equal([(1, 10), (11, 20), (21, 30)], all.Select(b => (b.FirstPosition, b.LastPosition)));
        Assert.Equal(all.Select(b => b.FirstPosition == damaged), all.Select(b => b.Bytes.IsEmpty));

        var one = Assert.Single(await log.ReadAsync(0, damaged, 1, Token));
        Assert.Equal((damaged, damaged + 9), (one.FirstPosition, one.LastPosition));
        var later = await log.ReadAsync(0, damaged + 9, 1000, Token);
        Assert.Equal(all.Where(b => b.FirstPosition > damaged).Select(b => b.FirstPosition), later.Select(b => b.FirstPosition));
    }

    [Fact]
    public async Task A_damaged_file_costs_only_the_positions_that_cannot_be_read()
    {
        const int Batches = 200;
        var random = new Random(17);
        using (var log = Open(write: null))
        {
            for (var i = 0; i < Batches; i++)
            {
                var bytes = new byte[5000];
                random.NextBytes(bytes);
                bytes[0] = (byte)i;
                await log.AppendAsync(0, new EncodedBatch(bytes, 10), Token);
            }
        }

        // Recovery writes what was in memory as a file.
        Open(write: null).Dispose();
        var file = new DirectoryInfo(_path).GetFiles("*.sst").MaxBy(f => f.Length)!;
        using (var stream = file.OpenWrite())
        {
            stream.Seek(file.Length / 2, SeekOrigin.Begin);
            stream.Write(new byte[100]);
        }

        using var again = Open(write: null);
        var (after, lost, expected) = (0L, 0L, 1L);
        while (after < Batches * 10)
        {
            foreach (var batch in await again.ReadAsync(0, after, 50_000, Token))
            {
                Assert.Equal(expected, batch.FirstPosition);
                if (batch.Bytes.IsEmpty)
                {
                    lost += batch.Count;
                }
                else
                {
                    Assert.Equal((byte)(batch.FirstPosition / 10), batch.Bytes.Span[0]);
                }

                expected = batch.LastPosition + 1;
                after = batch.LastPosition;
            }
        }

        Assert.Equal((Batches * 10) + 1, expected);
        Assert.InRange(lost, 10, 300);
    }

    [Fact]
    public async Task Merging_that_meets_a_damaged_file_stops_appends_until_it_is_turned_off_and_reading_never_stops()
    {
        const int Batches = 60;
        using (var log = Open(Small))
        {
            await AppendAsync(log, Batches);
        }

        Open(Small).Dispose();
        var image = new CrashImage(_path);
        CrashImage.Flip(image.LargestDataFile, new FileInfo(image.LargestDataFile).Length / 2);

        using (var log = Open(Small))
        {
            var refused = await Assert.ThrowsAsync<EventLogUnavailableException>(() => AppendAsync(log, batches: 10_000));
            Assert.Contains("Corruption", refused.Message, StringComparison.Ordinal);
            Assert.Contains("Log:MergeFiles=false", refused.Message, StringComparison.Ordinal);
            Assert.InRange(await LostAsync(log), 1, Batches / 4);
        }

        using var again = Open(new EventLogOptions { WriteBufferBytes = 1 << 20, MergeFiles = false });
        var before = await again.EndAsync(0, Token);
        await AppendAsync(again, batches: 300);
        Assert.Equal(before + 300, await again.EndAsync(0, Token));
        Assert.InRange(await LostAsync(again), 1, Batches / 4);
    }

    private static EventLogOptions Small => new() { WriteBufferBytes = 1 << 20 };

    private static async Task AppendAsync(RocksDbEventLog log, int batches)
    {
        var bytes = new byte[40_000];
        for (var i = 0; i < batches; i++)
        {
            new Random(i).NextBytes(bytes);
            await log.AppendAsync(0, new EncodedBatch(bytes, 1), Token);
        }
    }

    /// <summary>Reads everything; answers how many positions are lost.</summary>
    private static async Task<long> LostAsync(RocksDbEventLog log)
    {
        var (after, lost) = (0L, 0L);
        for (var end = await log.EndAsync(0, Token); after < end;)
        {
            foreach (var batch in await log.ReadAsync(0, after, 1 << 20, Token))
            {
                Assert.Equal(after + 1, batch.FirstPosition);
                lost += batch.Bytes.IsEmpty ? batch.Count : 0;
                after = batch.LastPosition;
            }
        }

        return lost;
    }

    private RocksDbEventLog Open(EventLogOptions options) => new(_path, options, TimeProvider.System);

    private RocksDbEventLog Open(Action<EmbeddedDatabase, WriteBatch>? write) => new(_path, new EventLogOptions(), TimeProvider.System, write);
}
