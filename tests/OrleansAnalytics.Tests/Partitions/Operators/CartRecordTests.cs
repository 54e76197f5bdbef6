using System.Buffers;
using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions.Operators;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions.Operators;

public sealed class CartRecordTests
{
    private static readonly Gen<string?> Category = Gen.Int[0, 2].Select(number => number == 0 ? null : "c" + number);

    // Few times give many ties.
    private static readonly Gen<(EventKind Kind, long TimeMs, string? Category)[]> Actions =
        Gen.Select(Gen.Int[1, 4].Select(kind => (EventKind)kind), Gen.Long[1, 6].Select(hour => hour * EventTime.HourMs), Category).Array[0, 6];

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
        Assert.Equal(outcome, Record([(first, firstMs, null), (second, secondMs, null)]).Outcome);
        Assert.Equal(outcome, Record([(second, secondMs, null), (first, firstMs, null)]).Outcome);
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
    public void The_category_is_that_of_the_first_cart_event() =>
        Actions.Sample(actions => Assert.Equal(
            actions.Where(action => action.Kind == EventKind.Cart)
                .OrderBy(action => action.TimeMs).ThenBy(action => action.Category is null).ThenBy(action => action.Category, StringComparer.Ordinal)
                .Select(action => action.Category).FirstOrDefault(),
            Record(actions).CategoryId));

    [Fact]
    public void A_record_is_read_as_it_was_written() =>
        Actions.Sample(actions =>
        {
            var output = new ArrayBufferWriter<byte>();
            Record(actions).WriteTo(new FormatWriter(output));
            var reader = new FormatReader(output.WrittenSpan);
            Assert.Equal(Record(actions), CartRecord.Read(ref reader, version: 2));
            Assert.Equal(0, reader.Remaining);
        });

    private static CartRecord Record(IEnumerable<(EventKind Kind, long TimeMs, string? Category)> actions) =>
        actions.Aggregate(CartRecord.Of("p"), (record, action) => record.With(action.Kind, action.TimeMs, action.Category));

    private static ShopEvent Event((EventKind Kind, long TimeMs, string? Category) action) =>
        new() { Id = default, TimeMs = action.TimeMs, Kind = action.Kind, UserId = "u", ProductId = "p" };
}
