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
        using (var log = Open())
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
        Open().Dispose();
        var file = new DirectoryInfo(_path).GetFiles("*.sst").MaxBy(f => f.Length)!;
        using (var stream = file.OpenWrite())
        {
            stream.Seek(file.Length / 2, SeekOrigin.Begin);
            stream.Write(new byte[100]);
        }

        using var again = Open();
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

    private RocksDbEventLog Open(Action<EmbeddedDatabase, WriteBatch>? write = null) => new(_path, new EventLogOptions(), TimeProvider.System, write);
}
