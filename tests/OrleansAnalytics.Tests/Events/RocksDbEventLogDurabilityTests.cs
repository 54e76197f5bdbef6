using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Tests.Partitions;
using RocksDbSharp;
using Xunit;

namespace OrleansAnalytics.Tests.Events;

public sealed class RocksDbEventLogDurabilityTests : IDisposable
{
    private readonly StorageFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly string _path;

    public RocksDbEventLogDurabilityTests() => _path = _folder.Next();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_appended_is_there_after_reopening()
    {
        using (var log = Open())
        {
            await log.AppendAsync(1, Batch(3, 7), Token);
            await log.AppendAsync(1, Batch(2, 8), Token);
        }

        using var again = Open();
        Assert.Equal(5, await again.EndAsync(1, Token));
        Assert.Equal(0, await again.EndAsync(0, Token));
        Assert.Equal([(1, 3, 7), (4, 2, 8)], (await again.ReadAsync(1, 0, 1000, Token)).Select(b => (b.FirstPosition, b.Count, (int)b.Bytes.Span[0])));
        Assert.Equal(new AppendedRange(6, 6), await again.AppendAsync(1, Batch(1, 9), Token));
    }

    [Fact]
    public async Task The_end_and_what_retention_removed_are_known_after_reopening()
    {
        var options = new EventLogOptions { MaxAge = TimeSpan.FromHours(1) };
        using (var log = Open(options))
        {
            await log.AppendAsync(0, Batch(10, 1), Token);
            _time.Advance(TimeSpan.FromDays(1));
            Assert.Equal(10, await log.TrimAsync(0, 10, Token));
        }

        using var again = Open(options);
        Assert.Equal(10, await again.EndAsync(0, Token));
        Assert.Equal(10, await again.TrimAsync(0, 10, Token));
        Assert.Equal(new AppendedRange(11, 12), await again.AppendAsync(0, Batch(2, 1), Token));
    }

    [Fact]
    public void Another_number_of_partitions_is_refused()
    {
        Open(new EventLogOptions { Partitions = 4 }).Dispose();
        var refused = Assert.Throws<InvalidOperationException>(() => Open(new EventLogOptions { Partitions = 6 }));
        Assert.Contains("4 partitions", refused.Message, StringComparison.Ordinal);
        Assert.Contains("with 6", refused.Message, StringComparison.Ordinal);
        Open(new EventLogOptions { Partitions = 4 }).Dispose();
    }

    [Fact]
    public void A_folder_in_use_is_refused()
    {
        using var log = Open();
        Assert.Contains($"data folder {_path} is in use by another process", Assert.Throws<IOException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_refused()
    {
        File.WriteAllText(_path, "a file where the folder should be");
        Assert.Contains("cannot be written", Assert.Throws<IOException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_wrong_options_are_told_at_once()
    {
        var wrong = new EventLogOptions { Partitions = 0, MaxAge = TimeSpan.Zero, MaxBytesPerPartition = -1, GroupCommitMaxBytes = 1, WriteBuffers = 1 };
        Assert.Equal(5, Assert.Throws<OptionsValidationException>(() => Open(wrong)).Failures.Count());
    }

    [Fact]
    public async Task A_failed_write_fails_its_appends_and_their_positions_are_given_again()
    {
        var fail = false;
        using (var log = Open(write: (database, batch) =>
        {
            if (fail)
            {
                throw new IOException("no space left");
            }

            database.WriteSynced(batch);
        }))
        {
            await log.AppendAsync(0, Batch(5, 1), Token);
            fail = true;
            var failed = await Assert.ThrowsAsync<EventLogUnavailableException>(async () => await log.AppendAsync(0, Batch(7, 2), Token));
            Assert.Contains("no space left", failed.Message, StringComparison.Ordinal);
            Assert.Equal(5, await log.EndAsync(0, Token));
            fail = false;
            Assert.Equal(new AppendedRange(6, 8), await log.AppendAsync(0, Batch(3, 3), Token));
        }

        using var again = Open();
        Assert.Equal([(1, 5), (6, 3)], (await again.ReadAsync(0, 0, 1000, Token)).Select(b => (b.FirstPosition, b.Count)));
    }

    [Fact]
    public async Task A_write_that_failed_only_for_the_caller_keeps_its_positions()
    {
        var fail = true;
        using var log = Open(write: (database, batch) =>
        {
            database.WriteSynced(batch);
            if (fail)
            {
                throw new IOException("lost the answer");
            }
        });
        await Assert.ThrowsAsync<EventLogUnavailableException>(async () => await log.AppendAsync(0, Batch(7, 2), Token));
        Assert.Equal(7, await log.EndAsync(0, Token));
        fail = false;
        Assert.Equal(new AppendedRange(8, 8), await log.AppendAsync(0, Batch(1, 3), Token));
        Assert.Equal([(1, 7, 2), (8, 1, 3)], (await log.ReadAsync(0, 0, 1000, Token)).Select(b => (b.FirstPosition, b.Count, (int)b.Bytes.Span[0])));
    }

    [Fact]
    public async Task What_a_failed_write_left_behind_does_not_come_back_among_newer_batches()
    {
        // The failed write leaves its batches, but not the end, as a recovery after a crash might bring them back.
        var fail = true;
        using var log = Open(write: (database, batch) =>
        {
            if (!fail)
            {
                database.WriteSynced(batch);
                return;
            }

            using var lease = database.Enter();
            var value = new byte[LogRecord.MaxHeaderLength].AsSpan();
            foreach (var position in new[] { 1L, 4, 7 })
            {
                lease.Db.Put(LogRecord.Key(0, position), value[..LogRecord.WriteHeader(value, 3, 0, 0)]);
            }

            throw new IOException("power failed");
        });
        await Assert.ThrowsAsync<EventLogUnavailableException>(async () => await log.AppendAsync(0, Batch(9, 1), Token));
        fail = false;
        await log.AppendAsync(0, Batch(5, 2), Token);
        await log.AppendAsync(0, Batch(6, 3), Token);
        Assert.Equal([(1, 5), (6, 6)], (await log.ReadAsync(0, 0, 1000, Token)).Select(b => (b.FirstPosition, b.Count)));
    }

    [Fact]
    public async Task Appends_that_wait_share_one_write()
    {
        using var entered = new SemaphoreSlim(0);
        using var release = new SemaphoreSlim(0);
        using var log = Open(write: (database, batch) =>
        {
            entered.Release();
            release.Wait(Token);
            database.WriteSynced(batch);
        });
        var first = log.AppendAsync(0, Batch(1, 1), Token).AsTask();
        await entered.WaitAsync(Token);
        var others = Enumerable.Range(0, 100).Select(i => log.AppendAsync(i % 8, Batch(1, 1), Token).AsTask()).ToArray();
        release.Release(2);
        await first;
        await Task.WhenAll(others);
        Assert.Equal(2, log.Groups);
    }

    [Fact]
    public async Task Disposing_finishes_what_is_queued_and_then_everything_throws()
    {
        var log = Open();
        var appends = Enumerable.Range(0, 50).Select(_ => log.AppendAsync(0, Batch(1, 1), Token).AsTask()).ToArray();
        var waiting = log.WaitAsync(1, 0, Token).AsTask();
        log.Dispose();
        log.Dispose();
        await Task.WhenAll(appends);
        await Assert.ThrowsAsync<EventLogUnavailableException>(() => waiting);
        await Assert.ThrowsAsync<EventLogUnavailableException>(async () => await log.AppendAsync(0, Batch(1, 1), Token));
        await Assert.ThrowsAsync<EventLogUnavailableException>(async () => await log.ReadAsync(0, 0, 1, Token));
        await Assert.ThrowsAsync<EventLogUnavailableException>(async () => await log.EndAsync(0, Token));
        await Assert.ThrowsAsync<EventLogUnavailableException>(async () => await log.TrimAsync(0, 0, Token));
        await Assert.ThrowsAsync<EventLogUnavailableException>(async () => await log.WaitAsync(0, 0, Token));
    }

    [Fact]
    public async Task Reading_while_the_log_is_disposed_ends_in_an_exception_and_nothing_worse()
    {
        var log = Open();
        await log.AppendAsync(0, Batch(1, 1), Token);
        using var reading = new CountdownEvent(4);
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; ; i++)
            {
                await log.ReadAsync(0, 0, 1000, Token);
                if (i == 0)
                {
                    reading.Signal();
                }
            }
        }, Token)).ToArray();
        reading.Wait(Token);
        log.Dispose();
        foreach (var reader in readers)
        {
            await Assert.ThrowsAsync<EventLogUnavailableException>(() => reader);
        }
    }

    private RocksDbEventLog Open(EventLogOptions? options = null, Action<EmbeddedDatabase, WriteBatch>? write = null)
    {
        options ??= new EventLogOptions();
        options.WriteBufferBytes = 1 << 20;
        return new RocksDbEventLog(_path, options, _time, write);
    }

    private static EncodedBatch Batch(int count, byte fill) => new(new[] { fill, fill, fill }, count);
}
