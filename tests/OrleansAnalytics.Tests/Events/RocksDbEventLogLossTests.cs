using OrleansAnalytics.Events;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Events;

/// <summary>Damage to what was synced: nothing that was acknowledged is missing without being named, and everything else is served.</summary>
public sealed class RocksDbEventLogLossTests : IDisposable
{
    private const int BatchBytes = 40_000;
    private readonly StorageFolder _folder = new();
    private readonly string _path;
    private CrashImage _image = null!;

    // The write-ahead log's length after each batch.
    private readonly List<long> _lengths = [];

    public RocksDbEventLogLossTests() => _path = _folder.Next();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_crash_loses_nothing()
    {
        await CrashAsync();
        using var log = Open();
        Assert.Empty(log.Losses);
        Assert.Equal("1-2 3-4 5-6 7-8 9-10", await ReadAsync(log));
    }

    [Fact]
    public async Task A_torn_record_that_nobody_was_told_of_is_no_loss()
    {
        await CrashAsync(acknowledged: 4);
        CrashImage.Cut(_image.WriteAheadLog, (_lengths[3] + _lengths[4]) / 2);
        using var log = Open();
        Assert.Empty(log.Losses);
        Assert.Equal("1-2 3-4 5-6 7-8", await ReadAsync(log));
        Assert.Equal(new AppendedRange(9, 10), await log.AppendAsync(0, Batch(9), Token));
    }

    [Fact]
    public async Task A_cut_write_ahead_log_is_reported_with_the_positions_it_held_and_they_are_not_given_again()
    {
        await CrashAsync();
        CrashImage.Cut(_image.WriteAheadLog, (_lengths[2] + _lengths[3]) / 2);
        using (var log = Open())
        {
            Assert.Equal([new LogLoss(0, 7, 10)], log.Losses);
            Assert.Equal("1-2 3-4 5-6 lost7-10", await ReadAsync(log));
            Assert.Equal("lost9-10", await ReadAsync(log, after: 8));
            Assert.Equal(10, await log.EndAsync(0, Token));
            Assert.Equal(0, await log.EndAsync(1, Token));
            Assert.Equal(new AppendedRange(11, 12), await log.AppendAsync(0, Batch(9), Token));
        }

        using var again = Open();
        Assert.Empty(again.Losses);
        Assert.Equal("1-2 3-4 5-6 lost7-10 11-12", await ReadAsync(again));
    }

    [Fact]
    public async Task A_flipped_bit_in_the_write_ahead_log_costs_the_batches_around_it_and_not_those_behind()
    {
        await CrashAsync();
        CrashImage.Flip(_image.WriteAheadLog, (_lengths[0] + _lengths[1]) / 2);
        using var log = Open();
        Assert.Empty(log.Losses);
        var read = await ReadAsync(log);
        Assert.StartsWith("1-2 lost3-", read, StringComparison.Ordinal);
        Assert.EndsWith(" 9-10", read, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_write_ahead_log_is_reported()
    {
        await CrashAsync();
        File.Delete(_image.WriteAheadLog);
        using var log = Open();
        Assert.Equal([new LogLoss(0, 1, 10)], log.Losses);
        Assert.Equal("lost1-10", await ReadAsync(log));
    }

    [Fact]
    public async Task Without_its_note_the_log_is_measured_by_the_checkpoints()
    {
        await CrashAsync();
        File.Delete(Path.Combine(_image.Path, AcknowledgedEnds.FileName));
        CrashImage.Cut(_image.WriteAheadLog, (_lengths[2] + _lengths[3]) / 2);
        using var log = new RocksDbEventLog(_image.Path, new EventLogOptions(), TimeProvider.System, applied: partition => partition == 0 ? 8 : 0);
        Assert.Equal([new LogLoss(0, 7, 8)], log.Losses);
        Assert.Equal(new AppendedRange(9, 10), await log.AppendAsync(0, Batch(9), Token));
    }

    [Fact]
    public async Task What_retention_removed_is_no_loss()
    {
        await CrashAsync();
        var options = new EventLogOptions { MaxBytesPerPartition = 1 };
        using (var log = new RocksDbEventLog(_image.Path, options, TimeProvider.System))
        {
            Assert.Equal(4, await log.TrimAsync(0, 5, Token));
            Assert.Equal("5-6 7-8 9-10", await ReadAsync(log));
            Assert.Equal(10, await log.TrimAsync(0, 10, Token));
            Assert.Equal("", await ReadAsync(log));
        }

        using var again = new RocksDbEventLog(_image.Path, options, TimeProvider.System);
        Assert.Empty(again.Losses);
        Assert.Equal("", await ReadAsync(again));
    }

    [Fact]
    public async Task An_end_that_cannot_be_read_is_found_again()
    {
        await CrashAsync();
        using (var log = new RocksDbEventLog(_image.Path, new EventLogOptions(), TimeProvider.System, (database, batch) =>
        {
            using var lease = database.Enter();
            batch.Put(LogPositions.Key(LogPositions.End, 0), new byte[] { 0xff }, lease.Db.GetColumnFamily(LogPositions.Column));
            database.WriteSynced(batch);
        }))
        {
            await log.AppendAsync(1, Batch(1), Token);
        }

        File.Delete(Path.Combine(_image.Path, AcknowledgedEnds.FileName));
        using var again = Open();
        Assert.Equal(10, await again.EndAsync(0, Token));
        Assert.Equal(new AppendedRange(11, 12), await again.AppendAsync(0, Batch(9), Token));
        Assert.Equal("1-2 3-4 5-6 7-8 9-10 11-12", await ReadAsync(again));
    }

    private static EncodedBatch Batch(int seed)
    {
        var bytes = new byte[BatchBytes];
        new Random(seed).NextBytes(bytes);
        return new EncodedBatch(bytes, 2);
    }

    /// <summary>A log of five batches as a crash leaves it, when only so many of them were acknowledged.</summary>
    private async Task CrashAsync(int acknowledged = 5)
    {
        var note = Path.Combine(_path, AcknowledgedEnds.FileName);
        using var log = new RocksDbEventLog(_path, new EventLogOptions(), TimeProvider.System);
        byte[] noted = [];
        for (var i = 1; i <= 5; i++)
        {
            await log.AppendAsync(0, Batch(i), Token);
            _lengths.Add(new CrashImage(_path).WriteAheadLength);
            noted = i == acknowledged ? Shared(note) : noted;
        }

        _image = CrashImage.Of(_path, _folder.Next());
        File.WriteAllBytes(Path.Combine(_image.Path, AcknowledgedEnds.FileName), noted);
    }

    private static byte[] Shared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private RocksDbEventLog Open() => new(_image.Path, new EventLogOptions(), TimeProvider.System);

    private static async Task<string> ReadAsync(RocksDbEventLog log, long after = 0) => string.Join(
        ' ', (await log.ReadAsync(0, after, int.MaxValue, Token)).Select(batch => $"{(batch.Bytes.IsEmpty ? "lost" : "")}{batch.FirstPosition}-{batch.LastPosition}"));
}
