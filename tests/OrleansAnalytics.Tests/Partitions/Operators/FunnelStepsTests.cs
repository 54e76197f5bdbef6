using System.Buffers;
using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions.Operators;
using OrleansAnalytics.Reports;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions.Operators;

public sealed class FunnelStepsTests
{
    private const int Plenty = 100;

    // Few times give many ties.
    private static readonly Gen<(EventKind Kind, long TimeMs)[]> Events =
        Gen.Select(Gen.Int[1, 5].Select(kind => (EventKind)kind), Gen.Long[1, 9]).Array[0, 12];

    private static readonly Gen<(EventKind Kind, long TimeMs)[]> ManyCarts =
        Gen.Select(Gen.OneOf(Gen.Const(EventKind.Cart), Gen.Const(EventKind.Cart), Gen.Const(EventKind.View), Gen.Const(EventKind.Purchase)), Gen.Long[1, 99]).Array[0, 30];

    [Fact]
    public void The_steps_are_those_of_the_definition_in_every_order_of_arrival() =>
        Gen.OneOf(Events, ManyCarts).Sample(events => Assert.Equal(PlainModel.Steps(events), Reached(Steps(events))), iter: 20_000);

    [Fact]
    public void Merging_at_any_point_is_taking_all_events_together() =>
        Gen.Select(ManyCarts, Events, Events, ManyCarts).Sample((before, one, other, after) =>
        {
            var merged = Steps([.. before, .. one]);
            Assert.True(merged.Merge(Steps(other), Plenty));
            foreach (var (kind, timeMs) in after)
            {
                Assert.True(merged.Add(kind, timeMs, Plenty));
            }

            Assert.Equal(PlainModel.Steps([.. before, .. one, .. other, .. after]), Reached(merged));
        }, iter: 20_000);

    [Theory]
    [InlineData(3, EventKind.View, 1, EventKind.Cart, 1, EventKind.Purchase, 1)]
    [InlineData(2, EventKind.View, 1, EventKind.Purchase, 2, EventKind.Cart, 3)]
    [InlineData(1, EventKind.Cart, 1, EventKind.View, 2, EventKind.Purchase, 3)]
    [InlineData(0, EventKind.Cart, 1, EventKind.Cart, 2, EventKind.Purchase, 3)]
    [InlineData(1, EventKind.View, 1, EventKind.RemoveFromCart, 2, EventKind.Purchase, 3)]
    public void Three_events_reach(int steps, EventKind first, long firstMs, EventKind second, long secondMs, EventKind third, long thirdMs) =>
        Assert.Equal(steps, Reached(Steps([(first, firstMs), (second, secondMs), (third, thirdMs)])));

    [Fact]
    public void A_session_that_begins_with_a_view_keeps_little()
    {
        var steps = FunnelSteps.None;
        Assert.True(steps.Add(EventKind.View, 0, maxCarts: 2));
        for (var time = 1; time < 1_000; time++)
        {
            Assert.True(steps.Add(time % 7 == 0 ? EventKind.Purchase : EventKind.Cart, time, maxCarts: 2));
        }

        Assert.InRange(Written(steps).Length, 1, 8);
    }

    [Fact]
    public void Carts_beyond_the_limit_are_told_and_the_outermost_stay()
    {
        var steps = FunnelSteps.None;
        Assert.True(steps.Add(EventKind.Cart, 10, maxCarts: 2));
        Assert.True(steps.Add(EventKind.Cart, 30, maxCarts: 2));
        Assert.False(steps.Add(EventKind.Cart, 20, maxCarts: 2));
        Assert.True(steps.Add(EventKind.View, 30, maxCarts: 2));
        Assert.Equal(2, Reached(steps));
        Assert.True(steps.Add(EventKind.Purchase, 30, maxCarts: 2));
        Assert.Equal(3, Reached(steps));
    }

    [Fact]
    public void Steps_are_read_as_they_were_written() =>
        Gen.OneOf(Events, ManyCarts).Sample(events =>
        {
            var reader = new FormatReader(Written(Steps(events)));
            Assert.Equal(Steps(events), FunnelSteps.Read(ref reader, 5));
            Assert.Equal(0, reader.Remaining);
        });

    private static byte[] Written(FunnelSteps steps)
    {
        var output = new ArrayBufferWriter<byte>();
        steps.WriteTo(new FormatWriter(output), 5);
        return output.WrittenSpan.ToArray();
    }

    private static FunnelSteps Steps(IEnumerable<(EventKind Kind, long TimeMs)> events)
    {
        var steps = FunnelSteps.None;
        foreach (var (kind, timeMs) in events)
        {
            Assert.True(steps.Add(kind, timeMs, Plenty));
        }

        return steps;
    }

    private static int Reached(FunnelSteps steps)
    {
        var tally = new FunnelTally();
        steps.CountInto(tally);
        Assert.Equal(1, tally.Sessions);
        Assert.True(tally.View >= tally.Cart && tally.Cart >= tally.Purchase);
        return (int)(tally.View + tally.Cart + tally.Purchase);
    }
}
