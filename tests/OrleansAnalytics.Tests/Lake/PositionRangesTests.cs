using System.Buffers;
using CsCheck;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Lake;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

public sealed class PositionRangesTests
{
    [Fact]
    public void The_ranges_hold_what_was_added_and_not_dropped_in_order_and_without_gaps_between_neighbours() =>
        Gen.Select(Gen.Int[1, 60], Gen.Int[0, 5], Gen.Int[0, 8]).Array[0, 40].Sample(steps =>
        {
            var (ranges, model, since) = (new PositionRanges(), new SortedSet<long>(), 0L);
            foreach (var (first, length, what) in steps)
            {
                if (what == 0)
                {
                    ranges.DropThrough(first);
                    since = Math.Max(since, first);
                    model.RemoveWhere(position => position <= since);
                }
                else
                {
                    ranges.Add(first, first + length);
                    model.UnionWith(Enumerable.Range(first, length + 1).Select(position => (long)position).Where(position => position > since));
                }

                Assert.Equal(since, ranges.Since);
                Assert.Equal(model, Positions(ranges));
                var told = ranges.ToArray();
                Assert.All(told.Zip(told.Skip(1)), pair => Assert.True(pair.First.Last + 1 < pair.Second.First));
            }

            Assert.Equal(ranges.ToArray(), Read(Written(ranges)).ToArray());
        });

    [Fact]
    public void What_is_cut_or_of_another_version_is_refused()
    {
        var ranges = new PositionRanges();
        ranges.Clear(5);
        ranges.Add(7, 9);
        ranges.Add(20, 20);
        var stored = Written(ranges);
        Assert.Equal(5, Read(stored).Since);
        for (var length = 0; length < stored.Length; length++)
        {
            Assert.Throws<DamagedFormatException>(() => Read(stored[..length]));
        }

        Assert.Throws<DamagedFormatException>(() => Read([9, .. stored[1..]]));
    }

    private static IEnumerable<long> Positions(PositionRanges ranges) =>
        ranges.ToArray().SelectMany(range => Enumerable.Range((int)range.First, (int)(range.Last - range.First + 1)).Select(position => (long)position));

    private static byte[] Written(PositionRanges ranges)
    {
        var output = new ArrayBufferWriter<byte>();
        ranges.WriteTo(new FormatWriter(output));
        return output.WrittenSpan.ToArray();
    }

    private static PositionRanges Read(byte[] stored)
    {
        var ranges = new PositionRanges();
        var reader = new FormatReader(stored);
        ranges.ReadFrom(ref reader);
        reader.End("positions without events");
        return ranges;
    }
}
