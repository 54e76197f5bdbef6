using OrleansAnalytics.Cli;
using Xunit;

namespace OrleansAnalytics.Tests.Client;

public sealed class OpenLoopTests
{
    private readonly ImpatientTime _time = new(Timeout.InfiniteTimeSpan);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(10, 2, 20)]
    [InlineData(3, 1.5, 5)]
    [InlineData(0.1, 25, 3)]
    [InlineData(0, 60, 0)]
    public void The_number_is_rate_times_duration(double rate, double seconds, long expected) =>
        Assert.Equal(expected, new OpenLoop(_time, rate, TimeSpan.FromSeconds(seconds)).Total);

    [Fact]
    public async Task Each_is_prepared_before_its_time_and_done_at_it()
    {
        var loop = new OpenLoop(_time, perSecond: 4, TimeSpan.FromSeconds(2));
        var (prepared, done) = (new List<(long, TimeSpan)>(), new List<(long, TimeSpan)>());
        await loop.RunAsync(
            1,
            (number, at) =>
            {
                prepared.Add((number, at - loop.Start));
                return number;
            },
            number =>
            {
                done.Add((number, loop.Elapsed));
                return Task.FromResult(true);
            },
            Token);
        var expected = Enumerable.Range(0, 8).Select(number => ((long)number, TimeSpan.FromMilliseconds(250 * number))).ToList();
        Assert.Equal(expected, prepared);
        Assert.Equal(expected, done);
        Assert.Equal((8, TimeSpan.Zero, 0), (loop.Latencies.Count, loop.Latencies.Max, loop.NeverBegun));
    }

    [Fact]
    public async Task What_has_to_wait_behind_a_slow_one_counts_from_its_own_time()
    {
        var loop = new OpenLoop(_time, perSecond: 10, TimeSpan.FromSeconds(2));
        await RunAsync(loop, number => number == 5 ? 1_000 : 10);

        // 0 to 4 take 10 ms; 5 takes a second; 6 waited 900 ms for it, 7 waited 810 ms, and so on, until it has caught up at 16.
        Assert.Equal(20, loop.Latencies.Count);
        Assert.Equal(TimeSpan.FromSeconds(1), loop.Latencies.Max);
        Assert.InRange(loop.Latencies.Percentile(95).TotalMilliseconds, 910, 918);
        Assert.InRange(loop.Latencies.Percentile(45).TotalMilliseconds, 10, 10.1);
        Assert.InRange(loop.Latencies.Percentile(75).TotalMilliseconds, 550, 555);
    }

    [Fact]
    public async Task What_nobody_was_free_for_counts_with_its_age_at_the_end()
    {
        var loop = new OpenLoop(_time, perSecond: 10, TimeSpan.FromSeconds(2));
        await RunAsync(loop, _ => 1_000);
        Assert.Equal((2, 18, 20), (loop.Begun, loop.NeverBegun, loop.Latencies.Count));
        Assert.Equal(TimeSpan.FromMilliseconds(1_900), loop.Latencies.Max);

        // 2 to 19 are 1.8 to 0.1 s old.
        Assert.InRange(loop.Latencies.Percentile(90).TotalMilliseconds, 1_700, 1_720);
    }

    [Fact]
    public async Task What_failed_has_no_latency()
    {
        var loop = new OpenLoop(_time, perSecond: 10, TimeSpan.FromSeconds(1));
        await loop.RunAsync(1, (number, _) => number, number => Task.FromResult(number % 2 == 0), Token);
        Assert.Equal(5, loop.Latencies.Count);
    }

    [Fact]
    public async Task When_it_is_stopped_no_further_one_begins()
    {
        using var stop = new CancellationTokenSource();
        var loop = new OpenLoop(_time, perSecond: 10, TimeSpan.FromSeconds(100));
        var done = 0;
        await loop.RunAsync(
            1,
            (number, _) => number,
            async number =>
            {
                done++;
                if (number == 3)
                {
                    await stop.CancelAsync();
                }

                return true;
            },
            stop.Token);
        Assert.Equal((4, 4, 0), (done, loop.Latencies.Count, loop.NeverBegun));
    }

    [Fact]
    public async Task All_workers_are_busy_at_the_same_time()
    {
        var loop = new OpenLoop(TimeProvider.System, perSecond: 1_000_000, TimeSpan.FromSeconds(60));
        using var stop = new CancellationTokenSource();
        var (busy, all) = (0, new TaskCompletionSource());
        await loop.RunAsync(
            5,
            (number, _) => number,
            async _ =>
            {
                if (Interlocked.Increment(ref busy) == 5)
                {
                    await stop.CancelAsync();
                    all.SetResult();
                }

                await all.Task.WaitAsync(Token);
                return true;
            },
            stop.Token);
        Assert.Equal(5, busy);
    }

    private Task RunAsync(OpenLoop loop, Func<long, int> milliseconds) => loop.RunAsync(
        1,
        (number, _) => number,
        number =>
        {
            _time.Pass(TimeSpan.FromMilliseconds(milliseconds(number)));
            return Task.FromResult(true);
        },
        Token);
}
