using OrleansAnalytics.Events;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Events;

public sealed class RocksDbEventLogFullDiskTests : IDisposable
{
    private const int Megabytes = 24;
    private readonly SmallDisk _disk = new(Megabytes);
    private readonly List<(AppendedRange Range, byte Fill)> _acknowledged = [];
    private byte _fill;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _disk.Dispose();

    [Fact]
    public async Task A_full_disk_refuses_appends_and_nothing_else_and_a_freed_one_takes_them_again()
    {
        using (var log = Open())
        {
            await AppendAsync(log, batches: 30);
            _disk.Fill();
            var refused = await Assert.ThrowsAsync<EventLogUnavailableException>(() => AppendAsync(log, batches: 10_000));
            Assert.Contains("No space left on device", refused.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<EventLogUnavailableException>(() => AppendAsync(log, batches: 1));
            await AssertAcknowledgedAsync(log);

            _disk.Free();
            await Eventually.TrueAsync(
                async () =>
                {
                    await AppendAsync(log, batches: 1);
                    return true;
                },
                "an append after the disk was freed");
            await AppendAsync(log, batches: 30);
            await AssertAcknowledgedAsync(log);
        }

        using var again = Open();
        Assert.Empty(again.Losses);
        await AssertAcknowledgedAsync(again);
    }

    [Fact]
    public async Task What_was_acknowledged_before_a_crash_on_a_full_disk_is_there_when_the_disk_is_freed()
    {
        using var folder = new StorageFolder();
        CrashImage image;
        using (var log = Open())
        {
            await AppendAsync(log, batches: 30);
            _disk.Fill();
            await Assert.ThrowsAsync<EventLogUnavailableException>(() => AppendAsync(log, batches: 10_000));
            image = CrashImage.Of(Path.Combine(_disk.Path, "log"), folder.Next());
        }

        using var again = new RocksDbEventLog(image.Path, Options, TimeProvider.System);
        Assert.Empty(again.Losses);
        await AssertAcknowledgedAsync(again);
    }

    [Fact]
    public void A_log_in_a_folder_that_cannot_be_written_does_not_open() => Assert.Contains(
        "cannot be written",
        Assert.Throws<IOException>(() => new RocksDbEventLog(_disk.ReadOnlyFolder(), Options, TimeProvider.System)).Message,
        StringComparison.Ordinal);

    // Small buffers, because RocksDB takes writes again only when a buffer's size is free.
    private static EventLogOptions Options => new() { WriteBufferBytes = 1 << 20 };

    private RocksDbEventLog Open() => new(Path.Combine(_disk.Path, "log"), Options, TimeProvider.System, _disk.Write);

    private async Task AppendAsync(RocksDbEventLog log, int batches)
    {
        for (var i = 0; i < batches; i++)
        {
            var bytes = new byte[10_000];
            new Random(++_fill).NextBytes(bytes);
            bytes[0] = _fill;
            _acknowledged.Add((await log.AppendAsync(_fill % 8, new EncodedBatch(bytes, 3), Token), _fill));
        }
    }

    /// <summary>Everything that was acknowledged is where it was said to be; what was not may be there too, in between.</summary>
    private async Task AssertAcknowledgedAsync(RocksDbEventLog log)
    {
        for (var partition = 0; partition < 8; partition++)
        {
            var read = await log.ReadAsync(partition, 0, int.MaxValue, Token);
            Assert.DoesNotContain(read, batch => batch.Bytes.IsEmpty);
            Assert.Equal(await log.EndAsync(partition, Token), read[^1].LastPosition);
            var found = read.ToDictionary(batch => batch.FirstPosition, batch => batch.Bytes.Span[0]);
            Assert.All(_acknowledged.Where(one => one.Fill % 8 == partition), one => Assert.Equal(one.Fill, found[one.Range.First]));
        }
    }
}
