using CsCheck;
using OrleansAnalytics.Events;
using Xunit;

namespace OrleansAnalytics.Tests.Events;

/// <summary>What a log must do that removes old batches itself, and numbers entry by entry.</summary>
public abstract class RetainingEventLogContract : EventLogContract
{
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
}
