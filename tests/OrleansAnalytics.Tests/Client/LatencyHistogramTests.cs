using CsCheck;
using OrleansAnalytics.Cli;
using Xunit;

namespace OrleansAnalytics.Tests.Client;

public sealed class LatencyHistogramTests
{
    private static readonly double[] Percentiles = [0, 1, 50, 90, 99, 99.9, 100];

    [Fact]
    public void Percentiles_are_those_of_the_sorted_latencies_and_at_most_a_128th_too_high() =>
        Gen.OneOf(Gen.Long[0, 600], Gen.Long[0, 1L << 45], Gen.Int[0, 49].Select(bit => 1L << bit), Gen.Int[0, 49].Select(bit => (1L << bit) - 1)).Array[1, 200].Sample(latencies =>
        {
            var histogram = Of(latencies);
            var sorted = latencies.Order().ToArray();
            foreach (var percentile in Percentiles)
            {
                var exact = sorted[Math.Max(0, (int)Math.Ceiling(sorted.Length * (decimal)percentile / 100) - 1)];
                var found = histogram.Percentile(percentile).Ticks / TimeSpan.TicksPerMicrosecond;
                Assert.InRange(found, exact, exact + (exact / 128));
            }

            Assert.Equal((latencies.Length, sorted[^1]), (histogram.Count, histogram.Max.Ticks / TimeSpan.TicksPerMicrosecond));
        });

    [Fact]
    public void What_two_counted_is_what_one_would_have_counted_and_survives_being_sent() =>
        Gen.Long[0, 1L << 45].Array[0, 50].Array[2].Sample(parts =>
        {
            var measured = parts.Select(part => LoadMeasurement.FromLine((new LoadMeasurement { Plan = new LoadPlan { Rate = 1, Duration = TimeSpan.FromSeconds(1) }, Server = "x", Batches = Of(part) }).ToLine())).ToList();
            var sum = LoadMeasurement.Sum(measured[0].Plan, measured).Batches;
            var one = Of([.. parts.SelectMany(part => part)]);
            Assert.Equal((one.Count, one.Max), (sum.Count, sum.Max));
            Assert.Equal(Percentiles.Select(one.Percentile), Percentiles.Select(sum.Percentile));
        });

    [Fact]
    public void Short_latencies_are_exact() =>
        Assert.Equal(Enumerable.Range(0, 256).Select(one => TimeSpan.FromMicroseconds(one)), Enumerable.Range(0, 256).Select(one => Of([one]).Percentile(50)));

    [Fact]
    public void Without_latencies_all_is_zero() => Assert.Equal((0, TimeSpan.Zero, TimeSpan.Zero), (Of([]).Count, Of([]).Max, Of([]).Percentile(99)));

    [Fact]
    public void A_latency_that_is_none_counts_as_zero_and_one_beyond_the_end_at_the_end()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.FromSeconds(-1));
        histogram.Record(TimeSpan.MaxValue);
        Assert.Equal((2, TimeSpan.Zero), (histogram.Count, histogram.Percentile(50)));
        Assert.True(histogram.Percentile(100) > TimeSpan.FromDays(365));
    }

    [Fact]
    public async Task Latencies_of_many_threads_are_all_counted()
    {
        var histogram = new LatencyHistogram();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var one = 0; one < 10_000; one++)
            {
                histogram.Record(TimeSpan.FromMicroseconds(one));
            }
        })));
        Assert.Equal((40_000, TimeSpan.FromMicroseconds(9_999)), (histogram.Count, histogram.Max));
    }

    private static LatencyHistogram Of(IEnumerable<long> microseconds)
    {
        var histogram = new LatencyHistogram();
        foreach (var one in microseconds)
        {
            histogram.Record(TimeSpan.FromTicks(one * TimeSpan.TicksPerMicrosecond));
        }

        return histogram;
    }
}
