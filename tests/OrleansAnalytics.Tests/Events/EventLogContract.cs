using CsCheck;
using Microsoft.Extensions.Time.Testing;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using Xunit;

namespace OrleansAnalytics.Tests.Events;

/// <summary>What every event log must do, retention aside.</summary>
public abstract class EventLogContract
{
    protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2019, 10, 1, 0, 0, 0, TimeSpan.Zero));

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Positions that a batch of so many entries takes behind its last one.</summary>
    protected virtual long UnusedOf(int count) => 0;

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
        var first = Next(0, 3);
        var second = Next(first.Last, 1);
        Assert.Equal(first, await log.AppendAsync(0, Batch(3), Token));
        Assert.Equal(second, await log.AppendAsync(0, Batch(1), Token));
        Assert.Equal(Next(0, 2), await log.AppendAsync(1, Batch(2), Token));
        Assert.Equal(second.Last, await log.EndAsync(0, Token));
        Assert.Equal(Next(0, 2).Last, await log.EndAsync(1, Token));
        Assert.Equal(0, log.Distance(second.Last, second.Last));
        Assert.InRange(log.Distance(first.Last, second.Last), 1, second.Last - first.Last);
    }

    [Fact]
    public async Task What_was_appended_is_read_back_with_its_time()
    {
        var log = Create(new EventLogOptions());
        var first = await log.AppendAsync(5, new EncodedBatch(new byte[] { 7, 8, 9 }, 2), Token);
        Time.Advance(TimeSpan.FromSeconds(5));
        var second = await log.AppendAsync(5, new EncodedBatch(new byte[] { 1 }, 200), Token);
        var read = await ReadAllAsync(log, 5);
        Assert.Equal([(first.First, 2, first.Last), (second.First, 200, second.Last)], read.Select(b => (b.FirstPosition, b.Count, b.LastPosition)));
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
        var first = await log.AppendAsync(0, Batch(10), Token);
        var second = await log.AppendAsync(0, Batch(10), Token);
        Assert.Equal([first.First, second.First], (await ReadAllAsync(log, 0, after: first.First + 8)).Select(b => b.FirstPosition));
        Assert.Equal([second.First], (await log.ReadAsync(0, first.Last, 1000, Token)).Select(b => b.FirstPosition));
        Assert.Equal([second.First], (await log.ReadAsync(0, second.First + 8, 1000, Token)).Select(b => b.FirstPosition));
        Assert.Empty(await log.ReadAsync(0, second.Last, 1000, Token));
        Assert.Empty(await log.ReadAsync(0, 100 * second.Last, 1000, Token));
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
        Assert.InRange((await log.ReadAsync(0, 0, 3500, Token)).Count, 1, 3);
        Assert.Equal(5, (await ReadAllAsync(log, 0)).Count);
    }

    [Fact]
    public async Task A_buffer_holds_what_was_read_until_it_is_released_and_then_serves_again()
    {
        var log = Create(new EventLogOptions());
        for (byte i = 1; i <= 5; i++)
        {
            await log.AppendAsync(0, Batch(1, bytes: 400_000, fill: i), Token);
        }

        var buffer = new RentedBlocks();
        for (var pass = 0; pass < 3; pass++)
        {
            var first = await log.ReadAsync(0, 0, 1, buffer, Token);
            var others = await ReadAllAsync(log, 0, after: first[^1].LastPosition, buffer);
            Assert.Equal([1, 2, 3, 4, 5], first.Concat(others).Select(batch => batch.Bytes.Span[^1]));
            Assert.Equal((await ReadAllAsync(log, 0)).Select(batch => batch.Bytes.ToArray()), first.Concat(others).Select(batch => batch.Bytes.ToArray()));
            buffer.Release();
        }
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
        Assert.Empty(await log.ReadAsync(1, read[0].LastPosition, int.MaxValue, Token));
    }

    [Fact]
    public async Task Concurrent_appends_get_distinct_consecutive_ranges()
    {
        var log = Create(new EventLogOptions { MaxQueuedAppends = 4 });
        var given = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => Task.Run(async () =>
        {
            var range = await log.AppendAsync(i % 2, Batch(1 + (i % 7), fill: (byte)i), Token);
            Assert.Equal(i % 7, range.Last - range.First - UnusedOf(1 + (i % 7)));
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

            var stored = await ReadAllAsync(log, partition.Key);
            Assert.Equal(inOrder.Select(g => (g.Range.First, g.Range.Last, g.Fill)), stored.Select(b => (b.FirstPosition, b.LastPosition, b.Bytes.Span[0])));
            Assert.Equal(expected - 1, await log.EndAsync(partition.Key, Token));
        }
    }

    [Fact]
    public async Task Waiting_ends_with_the_append_that_goes_beyond()
    {
        var log = Create(new EventLogOptions());
        var first = await log.AppendAsync(0, Batch(3), Token);
        Assert.True(log.WaitAsync(0, 2, Token).AsTask().IsCompletedSuccessfully);
        var second = await log.AppendAsync(0, Batch(2), Token);
        await log.WaitAsync(0, first.Last, Token);
        var waiting = log.WaitAsync(0, second.Last, Token).AsTask();
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
    public async Task A_partition_that_is_not_there_is_refused()
    {
        var log = Create(new EventLogOptions { Partitions = 2 });
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await log.AppendAsync(2, Batch(1), Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await log.ReadAsync(-1, 0, 1, Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await log.AppendAsync(0, new EncodedBatch(new byte[1], 0), Token));
    }

    [Fact]
    public async Task Any_run_of_appends_and_reads_agrees_with_a_list()
    {
        // (append | read, a number to go with it)
        await Gen.Select(Gen.Bool, Gen.Int[1, 40]).Array[1, 40].SampleAsync(async steps =>
        {
            var log = Create(new EventLogOptions { Partitions = 1 });
            var model = new List<AppendedRange>();
            var end = 0L;
            foreach (var (isAppend, number) in steps)
            {
                if (isAppend)
                {
                    model.Add(Next(end, number));
                    Assert.Equal(model[^1], await log.AppendAsync(0, Batch(number, bytes: number * 3), Token));
                    end = model[^1].Last;
                }
                else
                {
                    var after = Math.Max(0, end - (number * (end / (model.Count + 1))));
                    Assert.Equal(
                        model.Where(range => range.Last > after), (await ReadAllAsync(log, 0, after)).Select(batch => new AppendedRange(batch.FirstPosition, batch.LastPosition)));
                }
            }
        }, iter: 25, threads: 1);
    }

    /// <summary>Everything after a position, in as many reads as it takes.</summary>
    protected static async Task<List<LogBatch>> ReadAllAsync(IEventLog log, int partition, long after = 0, RentedBlocks? buffer = null)
    {
        var all = new List<LogBatch>();
        while (await (buffer is null ? log.ReadAsync(partition, after, int.MaxValue, Token) : log.ReadAsync(partition, after, int.MaxValue, buffer, Token)) is { Count: > 0 } some)
        {
            all.AddRange(some);
            after = some[^1].LastPosition;
        }

        return all;
    }

    /// <summary>What the next batch of so many entries takes.</summary>
    private AppendedRange Next(long end, int count) => new(end + 1, end + count + UnusedOf(count));

    protected static EncodedBatch Batch(int count, int bytes = 20, byte fill = 1)
    {
        var encoded = new byte[bytes];
        encoded.AsSpan().Fill(fill);
        return new EncodedBatch(encoded, count);
    }
}
