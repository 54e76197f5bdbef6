using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Journeys;
using Xunit;

namespace OrleansAnalytics.Tests.Journeys;

public sealed class CartRuleTests
{
    [Fact]
    public void OpenCart_InAnyOrderOfArrival_IsWhatWasPutInLast() =>
        RandomEvents.Journey.Sample(events =>
            Assert.Equal(Model(events), new JourneyFold(new JourneyOptions()).FoldAll(events).ToJourney("u")!.OpenCart));

    [Theory]
    [InlineData(EventKind.RemoveFromCart)]
    [InlineData(EventKind.Purchase)]
    public void At_the_same_millisecond_a_product_counts_as_removed_or_bought(EventKind settled)
    {
        var fold = new JourneyFold(new JourneyOptions()).FoldAll([At(5, settled, "p1"), At(5, EventKind.Cart, "p1")]);
        Assert.Empty(fold.ToJourney("u")!.OpenCart);

        fold.Fold(At(6, EventKind.Cart, "p1"), 3);
        Assert.Equal("p1", Assert.Single(fold.ToJourney("u")!.OpenCart).ProductId);
    }

    [Fact]
    public void Beyond_the_limit_settled_lines_go_first_and_open_ones_are_missed_visibly()
    {
        var fold = new JourneyFold(new JourneyOptions { MaxCartLines = 2 });
        fold.FoldAll([At(1, EventKind.Cart, "a"), At(2, EventKind.Cart, "b"), At(3, EventKind.Purchase, "b"), At(4, EventKind.Cart, "c")]);
        Assert.Equal(["a", "c"], fold.ToJourney("u")!.OpenCart.Select(l => l.ProductId));
        Assert.False(fold.ToJourney("u")!.Truncated);

        fold.Fold(At(5, EventKind.Cart, "d"), 5);
        Assert.Equal(["c", "d"], fold.ToJourney("u")!.OpenCart.Select(l => l.ProductId));
        Assert.True(fold.ToJourney("u")!.Truncated);
    }

    private static ShopEvent At(long sinceStartMs, EventKind kind, string product) => RandomEvents.Event(RandomEvents.StartMs + sinceStartMs, kind, product);

    private static IEnumerable<CartLine> Model(ShopEvent[] events) =>
        from product in events.Where(e => e.ProductId is not null).GroupBy(e => e.ProductId!)
        let put = product.Where(e => e.Kind == EventKind.Cart).OrderBy(e => e.TimeMs).LastOrDefault()
        where put is not null
            && product.All(e => e.Kind is not (EventKind.RemoveFromCart or EventKind.Purchase) || e.TimeMs < put.TimeMs)
        orderby put.TimeMs, product.Key
        select new CartLine(product.Key, put.Price, put.Time);
}
