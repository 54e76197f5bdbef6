using OrleansAnalytics.Charts;
using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Snapshots;
using OrleansAnalytics.Tests.Lake;
using Xunit;

namespace OrleansAnalytics.Tests.Charts;

/// <summary>The page as a whole.</summary>
public sealed class LakePageTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_page_loads_and_runs_nothing_and_shows_what_the_reports_say()
    {
        using var lake = SampleLake.Of("cosmetics-2022-10-01");

        var page = Page(lake);

        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
        Assert.All(["<script", "src=", "href=", "url(", "@import", "http:", "https:"], part => Assert.DoesNotContain(part, page, StringComparison.OrdinalIgnoreCase));
        Assert.Contains("924 events", page, StringComparison.Ordinal);
        Assert.Contains("Brands with the most views", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Pages with the most visits", page, StringComparison.Ordinal);
    }

    [Fact]
    public void What_producers_sent_is_text_in_the_page()
    {
        const string Hostile = "<img src=x onerror=alert(1)>";
        using var lake = SampleLake.Of(
            new MadeEvent("2019-10-01 10:00:00", EventKind.View, Hostile, Hostile, Hostile) { Brand = Hostile, Category = Hostile, Price = 1 },
            new MadeEvent("2019-10-01 10:00:00", EventKind.Page, Hostile, Hostile) { Url = "javascript:" + Hostile });

        var page = Page(lake, Period.Find(PeriodKind.Day, "2019-10-01"));

        Assert.DoesNotContain("<img", page, StringComparison.Ordinal);
        Assert.Contains("javascript:&lt;img src=x onerror=alert(1)&gt;", page, StringComparison.Ordinal);
        Assert.Contains("10:00 · Views: 1", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(500)]
    public void A_page_shows_hours_days_or_months_without_gaps(int days)
    {
        var from = new DateTime(2019, 10, 1, 10, 0, 0, DateTimeKind.Utc);
        var times = PageTimes.Of(null, from, from.AddDays(days - 1));

        Assert.Equal(days switch { 1 => (PeriodKind.Hour, 1), 3 => (PeriodKind.Day, 3), _ => (PeriodKind.Month, 17) }, (times.Unit, times.Moments.Count));
        Assert.Equal(times.Labels.Distinct(), times.Labels);
    }

    [Fact]
    public void A_lake_without_events_and_a_day_without_events_have_a_page()
    {
        using var empty = new SampleLake();
        Assert.Contains("A lake without events", Page(empty), StringComparison.Ordinal);
        using var lake = SampleLake.Of("cosmetics-2022-10-01");
        Assert.Contains("0 events", Page(lake, Period.Find(PeriodKind.Day, "2001-01-01")), StringComparison.Ordinal);
    }

    private static string Page(SampleLake lake, Period? period = null)
    {
        using var database = LakeDatabase.Open(lake.Folder, period: period);
        return LakePage.Of(database, name => LakeReports.Run(database, name, Token), Token);
    }
}
