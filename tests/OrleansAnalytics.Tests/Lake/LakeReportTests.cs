using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

/// <summary>Reports that have no golden answer, on events that can be counted by hand.</summary>
public sealed class LakeReportTests
{
    [Fact]
    public void Names_are_unique_and_every_report_is_described()
    {
        Assert.Equal(LakeReports.All.Count, LakeReports.All.Select(report => report.Name).Distinct().Count());
        Assert.All(LakeReports.All, report => Assert.NotEmpty(report.Description));
        Assert.All(LakeReports.All, report => Assert.NotEmpty(report.Sql));
    }

    [Fact]
    public void A_gap_longer_than_half_an_hour_begins_a_session_and_one_as_long_does_not()
    {
        using var lake = SampleLake.Of(
            View("2019-10-01 10:00:00"), View("2019-10-01 10:30:00"), View("2019-10-01 11:00:00.001"), View("2019-10-01 11:00:00") with { Session = null }, View("2019-10-01 11:00:00") with { User = "v" });

        Assert.Equal(
            [["u", null, 1L], ["u", "s", 2L], ["u", "s", 1L], ["v", "s", 1L]],
            lake.Rows("SELECT user_id, user_session, events FROM sessions ORDER BY user_id, user_session NULLS FIRST, session_number"));
    }

    [Fact]
    public void Events_of_one_time_are_in_the_order_of_the_log()
    {
        using var lake = SampleLake.Of(
            new MadeEvent("2019-10-01 10:00:00", EventKind.Purchase, "u", "s") { Partition = 0, Position = 2 }, new MadeEvent("2019-10-01 10:00:00", EventKind.Cart, "u", "s") { Partition = 0, Position = 1 });

        Assert.Equal("purchased", Assert.Single(lake.Rows("SELECT outcome FROM carts"))[0]);
    }

    [Fact]
    public void A_brand_needs_marketing_if_it_sells_worse_than_all_beyond_chance()
    {
        // Of all brands 103 / 700 convert. At 5 / 300 the upper bound is 0.0384; at 2 / 50 the views are too few; at 8 / 100 it is 0.1500, above 0.1471.
        using var lake = SampleLake.Of([.. Brand("weak", 300, 5), .. Brand("small", 50, 2), .. Brand("chance", 100, 8), .. Brand("strong", 250, 88)]);

        Assert.Equal([[1L, "weak", 300L, 5L, 0.016667m, 0.038415m, 0.147143m]], Table(lake, "brands_needing_marketing"));
    }

    [Fact]
    public void Movers_compare_days_and_weeks()
    {
        using var lake = SampleLake.Of(
            View("2019-10-01 10:00:00") with { Category = "a" }, View("2019-10-01 11:00:00") with { Category = "a" }, View("2019-10-02 10:00:00") with { Category = "a" },
            View("2019-10-02 10:00:00") with { Category = "b" }, View("2019-10-09 10:00:00") with { Category = "b" });

        Assert.Equal(
            [
                ["day", "2019-10-09", "2019-10-09", 1L, "b", 0L, 1L, 1L, null], ["period", "2019-10-03", "2019-10-09", 1L, "a", 3L, 0L, -3L, -1m],
            ],
            Table(lake, "movers"));
    }

    [Fact]
    public void Pages_tell_times_by_page_and_by_user()
    {
        using var lake = SampleLake.Of(Page("u", "/home", 20_000), Page("v", "/home", 10_000), Page("u", "/about", 5_000));

        Assert.Equal(
            [[1L, "/home", 2L, 30m, 15m, null, null], [2L, "/about", 1L, 5m, 5m, null, null], [null, "all", 3L, 35m, 11.6667m, 2L, 17.5m]],
            Table(lake, "pages"));
    }

    [Fact]
    public void Products_bought_together_have_support_confidence_and_lift()
    {
        using var lake = SampleLake.Of([.. Basket("1", "a", "b"), .. Basket("2", "a", "b", "b"), .. Basket("3", "a", "c"), .. Basket("4", "d")]);

        // Both in 2 of 4 sessions; a in 3, b in 2: 2/3 of those with a have b, which is 4/3 of the 2/4 that have b at all.
        Assert.Equal([["a", "b", 2L, 0.5m, 0.666667m, 1m, 1.333333m]], Table(lake, "product_affinity"));
    }

    [Fact]
    public void Paths_are_runs_of_kinds()
    {
        using var lake = SampleLake.Of(View("2019-10-01 10:00:00"), View("2019-10-01 10:01:00"), new MadeEvent("2019-10-01 10:02:00", EventKind.Cart, "u", "s"), View("2019-10-01 10:00:00") with { User = "v" });

        Assert.Equal([[1L, "view", "cart", 1L], [1L, "view", "end", 1L], [2L, "cart", "end", 1L]], Table(lake, "top_paths"));
    }

    [Fact]
    public void Cohorts_are_weeks_of_first_events()
    {
        using var lake = SampleLake.Of(
            View("2019-10-01 10:00:00"), View("2019-10-06 10:00:00"), View("2019-10-07 10:00:00"), View("2019-10-03 10:00:00") with { User = "v" }, View("2019-10-14 10:00:00") with { User = "w" });

        Assert.Equal([["2019-09-30", 0L, 2L, 2L, 1m], ["2019-09-30", 1L, 1L, 2L, 0.5m], ["2019-10-14", 0L, 1L, 1L, 1m]], Table(lake, "retention_cohorts"));
    }

    [Fact]
    public void Funnels_need_their_steps_in_order_and_those_of_categories_in_one_category()
    {
        using var lake = SampleLake.Of(
            new MadeEvent("2019-10-01 10:00:00", EventKind.View, "u", "s") { Category = "a" }, new MadeEvent("2019-10-01 10:01:00", EventKind.Cart, "u", "s") { Category = "b" },
            new MadeEvent("2019-10-01 10:02:00", EventKind.Purchase, "u", "s") { Category = "b" }, new MadeEvent("2019-10-01 10:00:00", EventKind.Purchase, "v", "s") { Category = "a" },
            new MadeEvent("2019-10-01 10:01:00", EventKind.View, "v", "s") { Category = "a" });

        Assert.Equal([["sessions", 2L, 1m, null], ["view", 2L, 1m, 0m], ["cart", 1L, 0.5m, 0.5m], ["purchase", 1L, 0.5m, 0m]], Table(lake, "funnel"));
        Assert.Equal([[1L, "a", 2L, 2L, 0L, 0L, 0m, 1m, null], [2L, "b", 1L, 0L, 0L, 0L, 1m, null, null]], Table(lake, "funnel_by_category"));
    }

    [Fact]
    public void Revenue_is_price_by_quantity()
    {
        using var lake = SampleLake.Of(new MadeEvent("2022-01-03 16:45:15", EventKind.Purchase, "103") { Price = 19.99m, Quantity = 3 });

        Assert.Equal([["2022-01-03", "103", 59.97m]], Table(lake, "daily_customer_spend"));
    }

    [Fact]
    public void Equal_buyers_are_in_one_segment()
    {
        using var lake = SampleLake.Of([.. Enumerable.Range(0, 10).Select(i => new MadeEvent("2022-01-03 16:45:15", EventKind.Purchase, $"u{i}") { Price = 1 })]);

        Assert.Equal([["champions", 10L, 10m, 1m, 0m, 1m]], Table(lake, "rfm_segments"));
    }

    private static MadeEvent View(string time) => new(time, EventKind.View, "u", "s");

    private static MadeEvent Page(string user, string url, long durationMs) => new("2022-03-01 12:30:00", EventKind.Page, user) { Url = url, DurationMs = durationMs };

    private static IEnumerable<MadeEvent> Basket(string user, params string[] products) =>
        products.Select(product => new MadeEvent("2019-10-01 10:00:00", EventKind.Purchase, user, "s", product));

    private static IEnumerable<MadeEvent> Brand(string brand, int views, int purchases) =>
        Enumerable.Range(0, views + purchases).Select(i => new MadeEvent("2019-10-01 10:00:00", i < views ? EventKind.View : EventKind.Purchase, $"u{i}") { Brand = brand });

    private static IReadOnlyList<object?[]> Table(SampleLake lake, string report)
    {
        using var database = lake.Open();
        return LakeReports.Run(database, report, TestContext.Current.CancellationToken).Table.Rows;
    }
}
