using System.Text.Json;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Events;
using OrleansAnalytics.Reports;
using Xunit;

namespace OrleansAnalytics.Tests.Reports;

/// <summary>Reports of what sells and how: profiles, movers, marketing, carts, funnel, spend, pages.</summary>
public sealed class ShopReportTests
{
    private const int Tuesday = 18_170;
    private const string Url = "https://shop/a";
    private static readonly ReportCatalog Catalog = new(Options.Create(new ReportOptions { RankedInTables = 25 }));

    [Fact]
    public void HourProfile_AddsAnHourOverAllDays_AndRoundsTheAverageHalfToEven()
    {
        var tallies = new SiteTallies
        {
            Hours =
            {
                [(Tuesday * 24) + 2] = new KindTally { Events = [1, 0, 0, 0, 0], Price = [Money.FromAmount(0.0001m), default, default, default, default] },
                [(Tuesday * 24) + 26] = new KindTally { Events = [1, 2, 0, 0, 0], Price = [Money.FromAmount(0.0002m), Money.FromAmount(5), default, default, default] },
            },
        };

        ReportAssert.Equal(
            ReportNames.HourProfile,
            tallies,
            """{"02 view":{"events":2,"sum_price":0.0003,"avg_price":0.0002},"02 cart":{"events":2,"sum_price":5.0,"avg_price":2.5}}""",
            ["02", "view", 2L, 0.0003m, 0.0002m], ["02", "cart", 2L, 5m, 2.5m]);
    }

    [Fact]
    public void WeekdayConversion_AddsTheHoursOfAWeekday() => ReportAssert.Equal(
        ReportNames.WeekdayConversion,
        new SiteTallies { Hours = { [Tuesday * 24] = Tally(view: 3, purchase: 1), [((Tuesday + 7) * 24) + 23] = Tally(cart: 2), [(Tuesday + 6) * 24] = Tally(purchase: 1) } },
        """{"Mon":{"view":0,"cart":0,"purchase":1,"conversion":null},"Tue":{"view":3,"cart":2,"purchase":1,"conversion":0.333333}}""",
        ["Mon", 0L, 0L, 1L, null], ["Tue", 3L, 2L, 1L, 0.333333m]);

    [Fact]
    public void SubCategories_AreRankedByViews_WithShares() => ReportAssert.Equal(
        ReportNames.SubCategories,
        new SiteTallies { SubCategories = { ["audio"] = Tally(view: 1, cart: 3), ["video"] = Tally(view: 2) } },
        """{"video":{"view":2},"audio":{"view":1,"cart":3}}""",
        [1L, "video", 2L, 2L, 0L, 0L, 0L, 1m, 0m, 0m, 0m], [2L, "audio", 4L, 1L, 3L, 0L, 0L, 0.25m, 0.75m, 0m, 0m]);

    [Fact]
    public void Movers_CompareTheLatestDayAndTheLatestSevenDaysWithThoseBefore()
    {
        var tallies = new SiteTallies
        {
            CategoryDays =
            {
                ["up"] = new() { [Tuesday] = 9, [Tuesday - 1] = 4, [Tuesday - 7] = 6 },
                ["down"] = new() { [Tuesday] = 1, [Tuesday - 1] = 2 },
                ["same"] = new() { [Tuesday] = 1, [Tuesday - 1] = 1, [Tuesday - 7] = 1, [Tuesday - 13] = 1 },
                ["long ago"] = new() { [Tuesday - 14] = 5 },
            },
        };

        ReportAssert.Equal(
            ReportNames.Movers,
            tallies,
            """{"day":{"from":"2019-10-01","through":"2019-10-01","before_from":"2019-09-30","before_through":"2019-09-30","up":[{"category_id":"up","before":4,"now":9}]"""
            + ""","down":[{"category_id":"down","before":2,"now":1}]},"period":"""
            + """{"from":"2019-09-25","through":"2019-10-01","before_from":"2019-09-18","before_through":"2019-09-24","up":[{"category_id":"up","before":6,"now":13},{"category_id":"down","before":0,"now":3}],"down":[]}}""",
            ["day", "2019-10-01", "2019-10-01", 1L, "up", 4L, 9L, 5L, 1.25m],
            ["day", "2019-10-01", "2019-10-01", 2L, "down", 2L, 1L, -1L, -0.5m],
            ["period", "2019-09-25", "2019-10-01", 1L, "up", 6L, 13L, 7L, 1.166667m],
            ["period", "2019-09-25", "2019-10-01", 2L, "down", 0L, 3L, 3L, null]);
    }

    [Fact]
    public void BrandsNeedingMarketing_SurelyConvertLessThanAllBrands()
    {
        // z² = 3.841459: (0.001 + z²/2000 + z·√(0.001·0.999/1000 + z²/4·10⁶)) / (1 + z²/1000) = 0.0056426.
        var tallies = new SiteTallies
        {
            Brands = { ["weak"] = Tally(view: 1_000, purchase: 1), ["strong"] = Tally(view: 1_000, purchase: 30), ["unsure"] = Tally(view: 100), ["small"] = Tally(view: 99) },
        };

        ReportAssert.Equal(
            ReportNames.BrandsNeedingMarketing,
            tallies,
            """{"overall_conversion":0.014097,"brands":[{"brand":"weak","view":1000,"purchase":1,"conversion":0.001,"upper_bound":0.005643}]}""",
            [1L, "weak", 1_000L, 1L, 0.001m, 0.005643m, 0.014097m]);
    }

    [Fact]
    public void BrandsNeedingMarketing_StandSalesWithoutViews() => ReportAssert.Equal(
        ReportNames.BrandsNeedingMarketing,
        new SiteTallies { Brands = { ["sold unseen"] = Tally(view: 100, purchase: 300), ["unseen"] = Tally(purchase: 3) } },
        """{"overall_conversion":3.03,"brands":[{"brand":"sold unseen","view":100,"purchase":300,"conversion":3.0,"upper_bound":1.0}]}""",
        [1L, "sold unseen", 100L, 300L, 3m, 1m, 3.03m]);

    [Fact]
    public void CartAbandonment_IsAlsoByWeekdayAndDay()
    {
        var tallies = new SiteTallies
        {
            CartHours =
            {
                [Tuesday * 24] = new CartTally { Purchased = 1 }, [((Tuesday + 7) * 24) + 1] = new CartTally { Abandoned = 3 }, [(Tuesday + 1) * 24] = new CartTally { Removed = 1 }, [0] = new CartTally(),
            },
        };

        ReportAssert.Equal(
            ReportNames.CartAbandonmentByWeekday,
            tallies,
            """{"Tue":{"purchased":1,"abandoned":3,"rate":0.75},"Wed":{"removed":1,"rate":null}}""",
            ["Tue", 4L, 1L, 0L, 3L, 0.75m], ["Wed", 1L, 0L, 1L, 0L, null], ["all", 5L, 1L, 1L, 3L, 0.75m]);
        ReportAssert.Equal(
            ReportNames.CartAbandonmentByDay,
            tallies,
            """{"2019-10-01":{"purchased":1,"rate":0.0},"2019-10-02":{"removed":1,"rate":null},"2019-10-08":{"abandoned":3,"rate":1.0}}""",
            ["2019-10-01", 1L, 1L, 0L, 0L, 0m], ["2019-10-02", 1L, 0L, 1L, 0L, null], ["2019-10-08", 3L, 0L, 0L, 3L, 1m], ["all", 5L, 1L, 1L, 3L, 0.75m]);
    }

    [Fact]
    public void CartAbandonment_IsAlsoByCategoryAndProduct_MostCartsFirst()
    {
        Dictionary<string, CartTally> carts = new() { ["b"] = new CartTally { Abandoned = 2 }, ["a"] = new CartTally { Purchased = 2 }, ["c"] = new CartTally { Removed = 3 } };
        const string Json = """{"c":{"removed":3,"rate":null},"a":{"purchased":2,"rate":0.0},"b":{"abandoned":2,"rate":1.0}}""";
        object?[][] rows = [[1L, "c", 3L, 0L, 3L, 0L, null], [2L, "a", 2L, 2L, 0L, 0L, 0m], [3L, "b", 2L, 0L, 0L, 2L, 1m]];

        ReportAssert.Equal(ReportNames.CartAbandonmentByCategory, new SiteTallies { CartCategories = carts }, Json, rows);
        ReportAssert.Equal(ReportNames.CartAbandonmentByProduct, new SiteTallies { CartProducts = carts }, Json, rows);
    }

    [Fact]
    public void Funnel_TellsTheDropOffOfEachStep() => ReportAssert.Equal(
        ReportNames.Funnel,
        new SiteTallies { Funnel = new FunnelTally { Sessions = 10, View = 8, Cart = 4 } },
        """{"sessions":10,"view":8,"cart":4,"purchase":0}""",
        ["sessions", 10L, 1m, null], ["view", 8L, 0.8m, 0.2m], ["cart", 4L, 0.4m, 0.5m], ["purchase", 0L, 0m, 1m]);

    [Fact]
    public void Funnel_IsAlsoByDayAndCategory()
    {
        var (one, two) = (new FunnelTally { Sessions = 4, View = 2, Cart = 1, Purchase = 1 }, new FunnelTally { Sessions = 5 });

        ReportAssert.Equal(
            ReportNames.FunnelByDay,
            new SiteTallies { FunnelDays = { [Tuesday + 1] = two, [Tuesday] = one } },
            """{"2019-10-01":{"sessions":4,"view":2,"cart":1,"purchase":1},"2019-10-02":{"sessions":5,"view":0,"cart":0,"purchase":0}}""",
            ["2019-10-01", 4L, 2L, 1L, 1L, 0.5m, 0.5m, 0m], ["2019-10-02", 5L, 0L, 0L, 0L, 1m, null, null]);
        ReportAssert.Equal(
            ReportNames.FunnelByCategory,
            new SiteTallies { FunnelCategories = { ["few"] = one, ["many"] = two } },
            """{"many":{"sessions":5,"view":0,"cart":0,"purchase":0},"few":{"sessions":4,"view":2,"cart":1,"purchase":1}}""",
            [1L, "many", 5L, 0L, 0L, 0L, 1m, null, null], [2L, "few", 4L, 2L, 1L, 1L, 0.5m, 0.5m, 0m]);
    }

    [Fact]
    public void DailyCustomerSpend_ListsTheHighest_AndEveryRowByDateAndCustomer()
    {
        var tallies = new SiteTallies
        {
            Spend = { [Tuesday + 1] = new() { ["7"] = Money.FromAmount(5) }, [Tuesday] = new() { ["8"] = Money.FromAmount(5), ["10"] = Money.FromAmount(2.5m) } },
            SpendUnlisted = Money.FromAmount(100),
        };

        ReportAssert.Equal(
            ReportNames.DailyCustomerSpend,
            tallies,
            """{"rows":3,"total":112.5,"top":[["2019-10-01","8",5.0],["2019-10-02","7",5.0],["2019-10-01","10",2.5]]}""",
            ["2019-10-01", "10", 2.5m], ["2019-10-01", "8", 5m], ["2019-10-02", "7", 5m], [null, null, 100m]);
    }

    [Fact]
    public void Pages_TellVisitsUsersAndTimes() => ReportAssert.Equal(
        ReportNames.Pages,
        new SiteTallies
        {
            Pages =
            {
                [Url] = new PageTally { Visits = 3, DurationMs = 10_000, FirstMs = 9 },
                ["a"] = new PageTally { Visits = 1, FirstMs = 8 },
                ["b"] = new PageTally { Visits = 1, DurationMs = 500, FirstMs = 7 },
            },
            AllPages = new PageTally { Visits = 5, DurationMs = 10_500 },
            PageUsers = 2,
        },
        """{"interactions":5,"users":2,"most_visited":"https://shop/a","seconds_per_user":5.25,"average_seconds":{"https://shop/a":3.3333,"b":0.5,"a":0.0}}""",
        [1L, Url, 3L, 10m, 3.3333m, null, null], [2L, "b", 1L, 0.5m, 0.5m, null, null], [3L, "a", 1L, 0m, 0m, null, null], [null, "all", 5L, 10.5m, 2.1m, 2L, 5.25m]);

    [Fact]
    public void Rankings_OfCartsAndPages_AreCutInTheTableToo()
    {
        var tallies = new SiteTallies();
        for (var i = 0; i < 28; i++)
        {
            tallies.CartProducts.Add($"p{i:00}", new CartTally { Abandoned = 100 - i });
            tallies.Pages.Add($"u{i:00}", new PageTally { Visits = 100 - i });
        }

        var carts = Catalog.Find(ReportNames.CartAbandonmentByProduct)!.Compute(tallies);
        var pages = Catalog.Find(ReportNames.Pages)!.Compute(tallies);

        using var json = JsonDocument.Parse(carts.Json);
        Assert.Equal(20, json.RootElement.EnumerateObject().Count());
        Assert.Equal((26, 27), (carts.Table.Rows.Count, pages.Table.Rows.Count));
        Assert.Equal([null, null, 75L + 74 + 73], carts.Table.Rows[^1].Take(3));
        Assert.Equal([null, null, 75L + 74 + 73], pages.Table.Rows[^2].Take(3));
    }

    private static KindTally Tally(long view = 0, long cart = 0, long purchase = 0) => new() { Events = [view, cart, 0, purchase, 0] };
}
