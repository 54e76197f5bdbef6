using System.Buffers;
using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions.Operators;
using OrleansAnalytics.Reports;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions.Operators;

public sealed class CartRecordTests
{
    // Few times give many ties; hours apart, so that the hour of a cart shows.
    private static readonly Gen<(EventKind Kind, long TimeMs)[]> Actions =
        Gen.Select(Gen.Int[1, 4].Select(kind => (EventKind)kind), Gen.Long[1, 6].Select(hour => hour * EventTime.HourMs)).Array[0, 6];

    [Fact]
    public void The_outcome_is_that_of_the_definition() =>
        Actions.Sample(actions => Assert.Equal(PlainModel.Outcome(actions.Select(Event)), Record(actions).Outcome), iter: 5_000);

    [Theory]
    [InlineData(CartOutcome.Purchased, EventKind.Cart, 1, EventKind.Purchase, 1)]
    [InlineData(CartOutcome.Removed, EventKind.Cart, 1, EventKind.RemoveFromCart, 1)]
    [InlineData(CartOutcome.Abandoned, EventKind.RemoveFromCart, 1, EventKind.Cart, 2)]
    [InlineData(CartOutcome.Abandoned, EventKind.Purchase, 1, EventKind.Cart, 2)]
    [InlineData(CartOutcome.None, EventKind.View, 1, EventKind.Purchase, 2)]
    public void Two_actions_end_as(CartOutcome outcome, EventKind first, long firstMs, EventKind second, long secondMs)
    {
        Assert.Equal(outcome, Record([(first, firstMs), (second, secondMs)]).Outcome);
        Assert.Equal(outcome, Record([(second, secondMs), (first, firstMs)]).Outcome);
    }

    [Fact]
    public void Merging_is_taking_all_actions_together() =>
        Gen.Select(Actions, Actions, Actions).Sample((a, b, c) =>
        {
            var (one, two, three) = (Record(a), Record(b), Record(c));
            Assert.Equal(Record([.. a, .. b]), one.Merge(two));
            Assert.Equal(two.Merge(one), one.Merge(two));
            Assert.Equal(one.Merge(two).Merge(three), one.Merge(two.Merge(three)));
            Assert.Equal(one, one.Merge(one));
            Assert.Equal(one, one.Merge(CartRecord.Of("p")));
        });

    [Fact]
    public void A_cart_counts_once_in_the_hour_of_its_first_cart_event() =>
        Actions.Sample(actions =>
        {
            var hours = new Dictionary<int, CartTally>();
            Record(actions).CountInto(hours);
            var carts = actions.Where(action => action.Kind == EventKind.Cart).ToList();
            if (carts.Count == 0)
            {
                Assert.Empty(hours);
                return;
            }

            var (hour, tally) = Assert.Single(hours);
            Assert.Equal(carts.Min(cart => cart.TimeMs) / EventTime.HourMs, hour);
            var expected = PlainModel.Outcome(actions.Select(Event));
            Assert.Equal(
                (expected == CartOutcome.Purchased ? 1 : 0, expected == CartOutcome.Removed ? 1 : 0, expected == CartOutcome.Abandoned ? 1 : 0),
                (tally.Purchased, tally.Removed, tally.Abandoned));
        });

    [Fact]
    public void A_record_is_read_as_it_was_written() =>
        Actions.Sample(actions =>
        {
            var output = new ArrayBufferWriter<byte>();
            Record(actions).WriteTo(new FormatWriter(output));
            var reader = new FormatReader(output.WrittenSpan);
            Assert.Equal(Record(actions), CartRecord.Read(ref reader));
            Assert.Equal(0, reader.Remaining);
        });

    private static CartRecord Record(IEnumerable<(EventKind Kind, long TimeMs)> actions) =>
        actions.Aggregate(CartRecord.Of("p"), (record, action) => record.With(action.Kind, action.TimeMs));

    private static ShopEvent Event((EventKind Kind, long TimeMs) action) =>
        new() { Id = default, TimeMs = action.TimeMs, Kind = action.Kind, UserId = "u", ProductId = "p" };
}
