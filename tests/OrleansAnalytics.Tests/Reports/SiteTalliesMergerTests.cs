using System.Text.Json;
using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Reports;
using Xunit;

namespace OrleansAnalytics.Tests.Reports;

public sealed class SiteTalliesMergerTests
{
    private static readonly Gen<(SiteTallies A, SiteTallies B, SiteTallies C)> Three =
        Gen.Select(TallyGenerator.Of(0), TallyGenerator.Of(1), TallyGenerator.Of(2));

    [Fact]
    public void Merge_InAnyOrder_GivesTheSame() => Three.Sample(
        three => Canonical(Merged(three.A, three.B, three.C)) == Canonical(Merged(three.C, three.A, three.B)));

    [Fact]
    public void Merge_InAnyGrouping_GivesTheSame() => Three.Sample(
        three => Canonical(Merged(three.A, three.B, three.C)) == Canonical(Merged(three.A, Merged(three.B, three.C))));

    [Fact]
    public void Merge_OfNothing_ChangesNothing() => TallyGenerator.Of(0).Sample(
        one => Canonical(Merged(one)) == Canonical(one) && Canonical(Merged(one, new SiteTallies())) == Canonical(one));

    [Fact]
    public void Merge_LeavesTheOtherAlone() => Three.Sample(three =>
    {
        var before = Canonical(three.A);
        Merged(three.A, three.B, three.C);
        return Canonical(three.A) == before;
    });

    [Fact]
    public void Merge_AddsEveryNumber() => Three.Sample(three =>
    {
        SiteTallies[] parts = [three.A, three.B, three.C];
        var merged = Merged(parts);
        Assert.Equal(parts.Sum(Sum), Sum(merged));
        Assert.Equal(parts.SelectMany(part => part.ProductHashes).Distinct().Count(), merged.ProductHashes.Count);
        Assert.Equal(merged.Ingest.Accepted + merged.Ingest.Duplicates + merged.Ingest.RejectedTotal, merged.Ingest.Received);
        Assert.Equal([0, 1, 2], merged.AsOf.Keys.Order());
    });

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0, 7, 7)]
    [InlineData(7, 0, 7)]
    [InlineData(7, 5, 5)]
    public void Watermark_IsTheLowestOfThoseWithEvents(long left, long right, long expected) => Assert.Equal(
        expected,
        new SiteTallies { WatermarkMs = left }.Merge(new SiteTallies { WatermarkMs = right }).WatermarkMs);

    [Fact]
    public void Merge_OfOnePartitionTwice_IsRefusedAndChangesNothing()
    {
        var into = new SiteTallies { AsOf = { [3] = 10 }, Users = 1 };
        var other = new SiteTallies { AsOf = { [4] = 1, [3] = 11 }, Users = 2 };

        Assert.Throws<ArgumentException>(() => into.Merge(other));

        Assert.Equal((1, 1), (into.AsOf.Count, into.Users));
    }

    [Fact]
    public void Merge_AddsByKindHourAndBucket()
    {
        var merged = Merged(Small(0, events: 2, revenue: 5), Small(1, events: 3, revenue: 7));

        var view = EventKind.View.Index();
        Assert.Equal(5, merged.Hours[436_000].Events[view]);
        Assert.Equal(Money.FromAmount(12), merged.Brands["acme"].Revenue);
        Assert.Equal(5, merged.Categories["c"].HourOfDay[7]!.Events[view]);
        Assert.Null(merged.Categories["c"].HourOfDay[8]);
        Assert.Equal(5, merged.CartHours[436_000].Abandoned);
        Assert.Equal(5, merged.VisitorsByDay[18_000]);
    }

    private static SiteTallies Small(int partition, long events, decimal revenue)
    {
        KindTally Tally() => new() { Events = [events, 0, 0, 0, 0], Revenue = Money.FromAmount(revenue) };
        var category = new CategoryTally();
        category.HourOfDay[7] = Tally();
        return new SiteTallies
        {
            AsOf = { [partition] = 1 },
            Hours = { [436_000] = Tally() },
            Brands = { ["acme"] = Tally() },
            Categories = { ["c"] = category },
            CartHours = { [436_000] = new CartTally { Abandoned = events } },
            VisitorsByDay = { [18_000] = events },
        };
    }

    private static SiteTallies Merged(params SiteTallies[] parts) => parts.Aggregate(new SiteTallies(), (into, part) => into.Merge(part));

    private static decimal Sum(SiteTallies tallies) =>
        tallies.Ingest.Received + tallies.Sessions + tallies.Users + tallies.OverTheRate + tallies.Late + tallies.VisitorsByDay.Values.Sum()
        + tallies.CartHours.Values.Sum(cart => cart.Carts) + tallies.Hours.Values.Sum(Sum) + tallies.Brands.Values.Sum(Sum)
        + tallies.Categories.Values.Sum(category => category.HourOfDay.Concat(category.Weekday).OfType<KindTally>().Sum(Sum))
        + tallies.SubCategories.Values.Sum(Sum) + tallies.CategoryDays.Values.Sum(days => days.Values.Sum()) + Sum(tallies.Funnel) + tallies.FunnelDays.Values.Sum(Sum)
        + tallies.FunnelCategories.Values.Sum(Sum) + tallies.CartCategories.Values.Sum(cart => cart.Carts) + tallies.CartProducts.Values.Sum(cart => cart.Carts)
        + tallies.Spend.Values.Sum(users => users.Values.Sum(spent => spent.Amount)) + tallies.SpendUnlisted.Amount + tallies.Pages.Values.Sum(Sum) + Sum(tallies.AllPages)
        + tallies.PageUsers;

    private static decimal Sum(FunnelTally tally) => tally.Sessions + tally.View + tally.Cart + tally.Purchase;

    private static decimal Sum(PageTally tally) => tally.Visits + tally.DurationMs;

    private static decimal Sum(KindTally tally) => tally.Events.Sum() + tally.Price.Sum(price => price.Amount) + tally.Revenue.Amount;

    private static string Canonical(SiteTallies tallies) => JsonSerializer.Serialize(new
    {
        AsOf = tallies.AsOf.OrderBy(pair => pair.Key),
        tallies.WatermarkMs,
        Counts = new[] { tallies.Ingest.Accepted, tallies.Ingest.Duplicates, tallies.Sessions, tallies.Users, tallies.OverTheRate, tallies.Late },
        Rejected = tallies.Ingest.Rejected.OrderBy(pair => pair.Key),
        Hours = tallies.Hours.OrderBy(pair => pair.Key),
        Categories = tallies.Categories.OrderBy(pair => pair.Key, StringComparer.Ordinal),
        Brands = tallies.Brands.OrderBy(pair => pair.Key, StringComparer.Ordinal),
        Carts = tallies.CartHours.OrderBy(pair => pair.Key),
        Visitors = tallies.VisitorsByDay.OrderBy(pair => pair.Key),
        Products = tallies.ProductHashes.Order(),
        Sub = tallies.SubCategories.OrderBy(pair => pair.Key, StringComparer.Ordinal),
        Days = tallies.CategoryDays.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (object)new { pair.Key, Value = pair.Value.OrderBy(day => day.Key) }),
        tallies.Funnel,
        FunnelDays = tallies.FunnelDays.OrderBy(pair => pair.Key),
        FunnelCategories = tallies.FunnelCategories.OrderBy(pair => pair.Key, StringComparer.Ordinal),
        CartCategories = tallies.CartCategories.OrderBy(pair => pair.Key, StringComparer.Ordinal),
        CartProducts = tallies.CartProducts.OrderBy(pair => pair.Key, StringComparer.Ordinal),
        Spend = tallies.Spend.OrderBy(pair => pair.Key).Select(pair => (object)new { pair.Key, Value = pair.Value.OrderBy(user => user.Key, StringComparer.Ordinal) }),
        tallies.SpendUnlisted,
        Pages = tallies.Pages.OrderBy(pair => pair.Key, StringComparer.Ordinal),
        tallies.AllPages,
        tallies.PageUsers,
    });
}
