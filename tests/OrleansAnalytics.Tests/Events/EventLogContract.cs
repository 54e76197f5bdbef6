using CsCheck;
using Microsoft.Extensions.Time.Testing;
using OrleansAnalytics.Events;
using Xunit;

namespace OrleansAnalytics.Tests.Events;

/// <summary>What every event log must do.</summary>
public abstract class EventLogContract
{
    protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2019, 10, 1, 0, 0, 0, TimeSpan.Zero));

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A new, empty log; the fixture disposes it.</summary>
    protected abstract IEventLog Create(EventLogOptions options);

    [Fact]
    public async Task An_empty_log_ends_at_0_and_has_nothing_to_read()
    {
        var log = Create(new EventLogOptions { Partitions = 3 });
        Assert.Equal(3, log.PartitionCount);
        Assert.Equal(0, await log.EndAsync(2, Token));
        Assert.Empty(await log.ReadAsync(2, 0, 1000, Token));
        Assert.Equal(0, await log.TrimAsync(2, 100, Token));
    }

    [Fact]
    public async Task Positions_begin_at_1_and_go_on_without_holes()
    {
        var log = Create(new EventLogOptions());
        Assert.Equal(new AppendedRange(1, 3), await log.AppendAsync(0, Batch(3), Token));
        Assert.Equal(new AppendedRange(4, 4), await log.AppendAsync(0, Batch(1), Token));
        Assert.Equal(new AppendedRange(1, 2), await log.AppendAsync(1, Batch(2), Token));
        Assert.Equal(4, await log.EndAsync(0, Token));
        Assert.Equal(2, await log.EndAsync(1, Token));
    }

    [Fact]
    public async Task What_was_appended_is_read_back_with_its_time()
    {
        var log = Create(new EventLogOptions());
        await log.AppendAsync(5, new EncodedBatch(new byte[] { 7, 8, 9 }, 2), Token);
        Time.Advance(TimeSpan.FromSeconds(5));
        await log.AppendAsync(5, new EncodedBatch(new byte[] { 1 }, 200), Token);
        var read = await log.ReadAsync(5, 0, 1000, Token);
        Assert.Equal([(1, 2), (3, 200)], read.Select(b => (b.FirstPosition, b.Count)));
        Assert.Equal([7, 8, 9], read[0].Bytes.ToArray());
        Assert.Equal([1], read[1].Bytes.ToArray());
        Assert.Equal(Time.Start.ToUnixTimeMilliseconds(), read[0].AppendedMs);
        Assert.Equal(5000, read[1].AppendedMs - read[0].AppendedMs);
    }

    [Fact]
    public async Task The_caller_may_reuse_the_bytes_after_the_append()
    {
        var log = Create(new EventLogOptions());
        var bytes = new byte[] { 1, 2, 3 };
        await log.AppendAsync(0, new EncodedBatch(bytes, 1), Token);
        bytes[0] = 99;
        Assert.Equal([1, 2, 3], (await log.ReadAsync(0, 0, 1000, Token))[0].Bytes.ToArray());
    }

    [Fact]
    public async Task Reading_from_the_middle_of_a_batch_gives_the_whole_batch()
    {
        var log = Create(new EventLogOptions());
        await log.AppendAsync(0, Batch(10), Token);
        await log.AppendAsync(0, Batch(10), Token);
        Assert.Equal([1L, 11], (await log.ReadAsync(0, 9, 1000, Token)).Select(b => b.FirstPosition));
        Assert.Equal([11L], (await log.ReadAsync(0, 10, 1000, Token)).Select(b => b.FirstPosition));
        Assert.Equal([11L], (await log.ReadAsync(0, 19, 1000, Token)).Select(b => b.FirstPosition));
        Assert.Empty(await log.ReadAsync(0, 20, 1000, Token));
        Assert.Empty(await log.ReadAsync(0, 2000, 1000, Token));
    }

    [Fact]
    public async Task Reading_stops_at_the_limit_but_gives_at_least_one_batch()
    {
        var log = Create(new EventLogOptions());
        for (var i = 0; i < 5; i++)
        {
            await log.AppendAsync(0, Batch(1, bytes: 1000), Token);
        }

        Assert.Single(await log.ReadAsync(0, 0, 1, Token));
        Assert.Equal(3, (await log.ReadAsync(0, 0, 3500, Token)).Count);
        Assert.Equal(5, (await log.ReadAsync(0, 0, int.MaxValue, Token)).Count);
    }

    [Fact]
    public async Task Partitions_do_not_see_each_other()
    {
        var log = Create(new EventLogOptions());
        await log.AppendAsync(0, Batch(1, fill: 10), Token);
        await log.AppendAsync(1, Batch(1, fill: 11), Token);
        await log.AppendAsync(2, Batch(1, fill: 12), Token);
        var read = await log.ReadAsync(1, 0, int.MaxValue, Token);
        Assert.Equal(11, Assert.Single(read).Bytes.Span[0]);
        await log.AppendAsync(2, Batch(1), Token);
        Assert.Empty(await log.ReadAsync(1, 1, int.MaxValue, Token));
    }

    [Fact]
    public async Task Concurrent_appends_get_distinct_consecutive_ranges()
    {
        var log = Create(new EventLogOptions { MaxQueuedAppends = 4 });
        var given = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => Task.Run(async () =>
        {
            var range = await log.AppendAsync(i % 2, Batch(1 + (i % 7), fill: (byte)i), Token);
            Assert.Equal(i % 7, range.Last - range.First);
            return (Partition: i % 2, Range: range, Fill: (byte)i);
        }, Token)));

        foreach (var partition in given.GroupBy(g => g.Partition))
        {
            var inOrder = partition.OrderBy(g => g.Range.First).ToList();
            var expected = 1L;
            foreach (var (_, range, _) in inOrder)
            {
                Assert.Equal(expected, range.First);
                expected = range.Last + 1;
            }

            var stored = await log.ReadAsync(partition.Key, 0, int.MaxValue, Token);
            Assert.Equal(inOrder.Select(g => (g.Range.First, g.Range.Last, g.Fill)), stored.Select(b => (b.FirstPosition, b.LastPosition, b.Bytes.Span[0])));
            Assert.Equal(expected - 1, await log.EndAsync(partition.Key, Token));
        }
    }

    [Fact]
    public async Task Waiting_ends_with_the_append_that_goes_beyond()
    {
        var log = Create(new EventLogOptions());
        await log.AppendAsync(0, Batch(3), Token);
        Assert.True(log.WaitAsync(0, 2, Token).AsTask().IsCompletedSuccessfully);
        var waiting = log.WaitAsync(0, 5, Token).AsTask();
        await log.AppendAsync(0, Batch(2), Token);
        await log.AppendAsync(1, Batch(9), Token);
        Assert.False(waiting.IsCompleted);
        await log.AppendAsync(0, Batch(1), Token);
        await waiting;
    }

    [Fact]
    public async Task Waiting_can_be_given_up()
    {
        var log = Create(new EventLogOptions());
        using var giveUp = new CancellationTokenSource();
        var waiting = log.WaitAsync(0, 0, giveUp.Token).AsTask();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Trimming_by_age_removes_whole_old_batches_up_to_the_safe_position()
    {
        var log = Create(new EventLogOptions { MaxAge = TimeSpan.FromHours(1) });
        await log.AppendAsync(0, Batch(10), Token);
        await log.AppendAsync(0, Batch(10), Token);
        Assert.Equal(0, await log.TrimAsync(0, 20, Token));
        Time.Advance(TimeSpan.FromHours(2));
        await log.AppendAsync(0, Batch(10), Token);

        Assert.Equal(0, await log.TrimAsync(0, 9, Token));
        Assert.Equal(10, await log.TrimAsync(0, 19, Token));
        Assert.Equal([11L, 21], (await log.ReadAsync(0, 0, int.MaxValue, Token)).Select(b => b.FirstPosition));
        Assert.Equal(20, await log.TrimAsync(0, 30, Token));
        Assert.Equal(20, await log.TrimAsync(0, 5, Token));
        Assert.Equal([21L], (await log.ReadAsync(0, 3, int.MaxValue, Token)).Select(b => b.FirstPosition));
    }

    [Fact]
    public async Task Trimming_by_size_keeps_the_newest_bytes()
    {
        var log = Create(new EventLogOptions { MaxBytesPerPartition = 2500 });
        for (var i = 0; i < 5; i++)
        {
            await log.AppendAsync(3, Batch(2, bytes: 1000), Token);
        }

        Assert.Equal(4, await log.TrimAsync(3, 5, Token));
        Assert.Equal(6, await log.TrimAsync(3, 10, Token));
        Assert.Equal([7L, 9], (await log.ReadAsync(3, 0, int.MaxValue, Token)).Select(b => b.FirstPosition));
    }

    [Fact]
    public async Task The_end_stays_when_everything_is_removed()
    {
        var log = Create(new EventLogOptions { MaxAge = TimeSpan.FromHours(1) });
        await log.AppendAsync(0, Batch(10), Token);
        Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(10, await log.TrimAsync(0, 10, Token));
        Assert.Equal(10, await log.EndAsync(0, Token));
        Assert.Empty(await log.ReadAsync(0, 0, int.MaxValue, Token));
        Assert.Equal(new AppendedRange(11, 11), await log.AppendAsync(0, Batch(1), Token));
        Assert.Equal([11L], (await log.ReadAsync(0, 0, int.MaxValue, Token)).Select(b => b.FirstPosition));
    }

    [Fact]
    public async Task Without_retention_nothing_is_removed()
    {
        var log = Create(new EventLogOptions());
        await log.AppendAsync(0, Batch(10), Token);
        Time.Advance(TimeSpan.FromDays(10_000));
        Assert.Equal(0, await log.TrimAsync(0, 10, Token));
        Assert.Single(await log.ReadAsync(0, 0, int.MaxValue, Token));
    }

    [Fact]
    public async Task A_partition_that_is_not_there_is_refused()
    {
        var log = Create(new EventLogOptions { Partitions = 2 });
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await log.AppendAsync(2, Batch(1), Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await log.ReadAsync(-1, 0, 1, Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await log.AppendAsync(0, new EncodedBatch(new byte[1], 0), Token));
    }

    [Fact]
    public async Task Any_run_of_appends_trims_and_reads_agrees_with_a_list()
    {
        // (0 append | 1 trim | 2 read, a number to go with it)
        await Gen.Select(Gen.Int[0, 2], Gen.Int[1, 40]).Array[1, 40].SampleAsync(async steps =>
        {
            var log = Create(new EventLogOptions { Partitions = 1, MaxBytesPerPartition = 300 });
            var model = new List<(long First, long Last, int Bytes)>();
            var (end, removed) = (0L, 0L);
            foreach (var (step, number) in steps)
            {
                if (step == 0)
                {
                    var range = await log.AppendAsync(0, Batch(number, bytes: number * 3), Token);
                    Assert.Equal(new AppendedRange(end + 1, end + number), range);
                    model.Add((end + 1, end += number, number * 3));
                }
                else if (step == 1)
                {
                    var safe = end - number;
                    while (model.Count > 0 && model[0].Last <= safe && model.Sum(b => b.Bytes) > 300)
                    {
                        removed = model[0].Last;
                        model.RemoveAt(0);
                    }

                    Assert.Equal(removed, await log.TrimAsync(0, safe, Token));
                }
                else
                {
                    var after = Math.Max(0, end - (3 * number));
                    var read = await log.ReadAsync(0, after, int.MaxValue, Token);
                    Assert.Equal(model.Where(b => b.Last > after).Select(b => (b.First, b.Last)), read.Select(b => (b.FirstPosition, b.LastPosition)));
                }
            }
        }, iter: 25, threads: 1);
    }

    protected static EncodedBatch Batch(int count, int bytes = 20, byte fill = 1)
    {
        var encoded = new byte[bytes];
        encoded.AsSpan().Fill(fill);
        return new EncodedBatch(encoded, count);
    }
}
