using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Serialization;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Tests.Oracle;
using Xunit;

namespace OrleansAnalytics.Tests.Reports;

public sealed class ReportDefinitionTests
{
    private static readonly ReportCatalog Catalog = new(Options.Create(new ReportOptions { RankedInTables = 25 }));

    [Fact]
    public void Catalog_HasEveryName_InOrder()
    {
        Assert.Equal(ReportNames.All, Catalog.All.Select(definition => definition.Name));
        Assert.All(Catalog.All, definition => Assert.Same(definition, Catalog.Find(definition.Name)));
        Assert.All(Catalog.All, definition => Assert.NotEmpty(definition.Description));
        Assert.Null(Catalog.Find("Brands"));
    }

    [Theory]
    [InlineData(ReportNames.Ingest, """{"received":0,"accepted":0,"duplicates":0,"rejected":{}}""", 4)]
    [InlineData(ReportNames.Totals, """{"users":0,"products":0,"categories":0,"brands":0,"sessions":0,"kinds":{},"revenue":0.0}""", 6)]
    [InlineData(ReportNames.UniqueVisitorsPerDay, "{}", 0)]
    [InlineData(ReportNames.DailyEvents, "{}", 0)]
    [InlineData(ReportNames.TopCategoriesByHour, "{}", 0)]
    [InlineData(ReportNames.TopCategoriesByWeekday, "{}", 0)]
    [InlineData(ReportNames.Brands, "{}", 0)]
    [InlineData(ReportNames.CartAbandonment, """{"carts":0,"rate":null,"by_hour":{}}""", 1)]
    [InlineData(ReportNames.HourProfile, "{}", 0)]
    [InlineData(ReportNames.SubCategories, "{}", 0)]
    [InlineData(ReportNames.WeekdayConversion, "{}", 0)]
    [InlineData(ReportNames.Movers, "{}", 0)]
    [InlineData(ReportNames.BrandsNeedingMarketing, """{"overall_conversion":0.0,"brands":[]}""", 0)]
    [InlineData(ReportNames.CartAbandonmentByWeekday, "{}", 1)]
    [InlineData(ReportNames.CartAbandonmentByDay, "{}", 1)]
    [InlineData(ReportNames.CartAbandonmentByCategory, "{}", 0)]
    [InlineData(ReportNames.CartAbandonmentByProduct, "{}", 0)]
    [InlineData(ReportNames.Funnel, """{"sessions":0,"view":0,"cart":0,"purchase":0}""", 4)]
    [InlineData(ReportNames.FunnelByDay, "{}", 0)]
    [InlineData(ReportNames.FunnelByCategory, "{}", 0)]
    [InlineData(ReportNames.DailyCustomerSpend, """{"rows":0,"total":0.0,"top":[]}""", 0)]
    [InlineData(ReportNames.Pages, """{"interactions":0,"users":0,"most_visited":null,"seconds_per_user":null,"average_seconds":{}}""", 1)]
    [InlineData(ReportNames.OverTheRate, "0", 1)]
    public void Report_OfNothing_HasItsShape(string name, string json, int rows)
    {
        var report = Catalog.Find(name)!.Compute(new SiteTallies());

        Assert.Equal((name, json, rows), (report.Name, report.Json, report.Table.Rows.Count));
    }

    [Fact]
    public void Ingest_NamesRejectedByReason_AndAddsUp()
    {
        var ingest = new IngestCounts { Accepted = 5, Duplicates = 2, Rejected = { [RejectReason.TooLong] = 1, [RejectReason.Malformed] = 3, [RejectReason.BadTime] = 0 } };

        ReportAssert.Equal(
            ReportNames.Ingest,
            new SiteTallies { Ingest = ingest },
            """{"received":11,"accepted":5,"duplicates":2,"rejected":{"malformed":3,"too_long":1}}""",
            ["received", 11L], ["accepted", 5L], ["duplicates", 2L], ["rejected", 4L], ["rejected.malformed", 3L], ["rejected.too_long", 1L]);
    }

    [Fact]
    public void Totals_CountKindsAndRevenueOverAllHours()
    {
        var tallies = new SiteTallies
        {
            Users = 2,
            Sessions = 3,
            ProductHashes = [1, 2, 3, 4],
            Categories = { ["c"] = new CategoryTally() },
            Brands = { ["x"] = new KindTally(), ["y"] = new KindTally() },
            Hours = { [10] = Tally(view: 3, page: 2), [11] = Tally(view: 1, purchase: 1, revenue: 10.5m) },
        };

        ReportAssert.Equal(
            ReportNames.Totals,
            tallies,
            """{"users":2,"products":4,"categories":1,"brands":2,"sessions":3,"kinds":{"view":4,"purchase":1,"page":2},"revenue":10.5}""",
            ["users", 2m], ["products", 4m], ["categories", 1m], ["brands", 2m], ["sessions", 3m], ["events.view", 4m], ["events.purchase", 1m], ["events.page", 2m], ["revenue", 10.5m]);
    }

    [Fact]
    public void UniqueVisitors_AreByDate() => ReportAssert.Equal(
        ReportNames.UniqueVisitorsPerDay,
        new SiteTallies { VisitorsByDay = { [18_171] = 4, [18_170] = 7 } },
        """{"2019-10-01":7,"2019-10-02":4}""",
        ["2019-10-01", 7L], ["2019-10-02", 4L]);

    [Fact]
    public void DailyEvents_AddTheHoursOfADay() => ReportAssert.Equal(
        ReportNames.DailyEvents,
        new SiteTallies { Hours = { [(18_170 * 24) + 23] = Tally(view: 1), [18_170 * 24] = Tally(view: 2, page: 1), [18_171 * 24] = Tally(cart: 1) } },
        """{"2019-10-01":{"view":3,"page":1},"2019-10-02":{"cart":1}}""",
        ["2019-10-01", "view", 3L], ["2019-10-01", "page", 1L], ["2019-10-02", "cart", 1L]);

    [Fact]
    public void TopCategories_AreRankedByEventsThenId()
    {
        var tallies = new SiteTallies { Categories = { ["b"] = AtHour(9, Tally(view: 2)), ["a"] = AtHour(9, Tally(view: 1, purchase: 1, revenue: 3)), ["c"] = AtHour(9, Tally(cart: 3)) } };

        ReportAssert.Equal(
            ReportNames.TopCategoriesByHour,
            tallies,
            """{"09":[["c",3],["a",2],["b",2]]}""",
            ["09", 1L, "c", 3L, 0L, 3L, 0L, 0L, 0m], ["09", 2L, "a", 2L, 1L, 0L, 0L, 1L, 3m], ["09", 3L, "b", 2L, 2L, 0L, 0L, 0L, 0m]);
        Assert.Equal("{}", Catalog.Find(ReportNames.TopCategoriesByWeekday)!.Compute(tallies).Json);
    }

    [Fact]
    public void TopCategories_ByWeekday_BeginOnMonday()
    {
        var sunday = new CategoryTally();
        sunday.Weekday[6] = Tally(view: 1);
        var monday = new CategoryTally();
        monday.Weekday[0] = Tally(view: 1);

        var report = Catalog.Find(ReportNames.TopCategoriesByWeekday)!.Compute(new SiteTallies { Categories = { ["s"] = sunday, ["m"] = monday } });

        Assert.Equal("""{"Mon":[["m",1]],"Sun":[["s",1]]}""", report.Json);
    }

    [Fact]
    public void Brands_AreRankedByViewsThenName_WithConversion() => ReportAssert.Equal(
        ReportNames.Brands,
        new SiteTallies { Brands = { ["z"] = Tally(view: 3, purchase: 2, revenue: 20), ["b"] = Tally(view: 3, cart: 1), ["only bought"] = Tally(purchase: 1, revenue: 1.25m) } },
        """{"b":{"view":3,"cart":1,"revenue":0.0},"z":{"view":3,"purchase":2,"revenue":20.0},"only bought":{"purchase":1,"revenue":1.25}}""",
        [1L, "b", 3L, 1L, 0L, 0L, 0m, 0m], [2L, "z", 3L, 0L, 0L, 2L, 20m, 0.666667m], [3L, "only bought", 0L, 0L, 0L, 1L, 1.25m, null]);

    [Fact]
    public void Rankings_ShowTheTopInJson_AndSumUpWhatTheTableLeavesOut()
    {
        var tallies = new SiteTallies();
        for (var brand = 0; brand < 28; brand++)
        {
            tallies.Brands.Add($"brand{brand:00}", Tally(view: 100 - brand));
            tallies.Categories.Add($"category{brand:00}", AtHour(0, Tally(view: 100 - brand)));
        }

        var brands = Catalog.Find(ReportNames.Brands)!.Compute(tallies);
        var categories = Catalog.Find(ReportNames.TopCategoriesByHour)!.Compute(tallies);

        using var json = JsonDocument.Parse(brands.Json);
        Assert.Equal(20, json.RootElement.EnumerateObject().Count());
        using var hours = JsonDocument.Parse(categories.Json);
        Assert.Equal(10, hours.RootElement.GetProperty("00").GetArrayLength());
        Assert.Equal((26, 26), (brands.Table.Rows.Count, categories.Table.Rows.Count));
        Assert.Equal([null, null, 75L + 74 + 73], brands.Table.Rows[^1].Take(3));
        Assert.Equal(["00", null, null, 75L + 74 + 73], categories.Table.Rows[^1].Take(4));
    }

    [Fact]
    public void CartAbandonment_IsByHourOfDayOverAllDays() => ReportAssert.Equal(
        ReportNames.CartAbandonment,
        new SiteTallies
        {
            CartHours =
            {
                [24 + 5] = new CartTally { Purchased = 1, Abandoned = 1 }, [48 + 5] = new CartTally { Abandoned = 1 }, [7] = new CartTally { Removed = 2 }, [8] = new CartTally(),
            },
        },
        """{"carts":5,"purchased":1,"removed":2,"abandoned":2,"rate":0.666667,"by_hour":{"05":{"purchased":1,"abandoned":2},"07":{"removed":2}}}""",
        ["05", 3L, 1L, 0L, 2L, 0.666667m], ["07", 2L, 0L, 2L, 0L, null], ["all", 5L, 1L, 2L, 2L, 0.666667m]);

    [Fact]
    public void OverTheRate_IsANumber() => ReportAssert.Equal(ReportNames.OverTheRate, new SiteTallies { OverTheRate = 5 }, "5", [5L]);

    [Fact]
    public void Report_SaysWhatItIsAsOf()
    {
        var report = Catalog.Find(ReportNames.Brands)!.Compute(new SiteTallies { AsOf = { [1] = 20, [0] = 10 }, WatermarkMs = 99 });

        Assert.Equal((10L, 20L, 99L), (report.AsOf[0], report.AsOf[1], report.WatermarkMs));
    }

    [Fact]
    public void EveryReport_TravelsBetweenSilos()
    {
        var tallies = BatchOracle.From(SharedData.Path("rees46-2019-10-01.csv")).Tallies;
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer>();

        foreach (var report in Catalog.All.Select(definition => definition.Compute(tallies)))
        {
            var arrived = serializer.Deserialize<Report>(serializer.SerializeToArray(report))!;

            Assert.Equal((report.Name, report.Json, report.WatermarkMs), (arrived.Name, arrived.Json, arrived.WatermarkMs));
            Assert.Equal(report.AsOf, arrived.AsOf);
            Assert.Equal(report.Table.Columns, arrived.Table.Columns);
            Assert.Equal(report.Table.Rows, arrived.Table.Rows);
        }
    }

    private static CategoryTally AtHour(int hour, KindTally tally)
    {
        var category = new CategoryTally();
        category.HourOfDay[hour] = tally;
        return category;
    }

    private static KindTally Tally(long view = 0, long cart = 0, long purchase = 0, long page = 0, decimal revenue = 0) =>
        new() { Events = [view, cart, 0, purchase, page], Revenue = Money.FromAmount(revenue) };
}
