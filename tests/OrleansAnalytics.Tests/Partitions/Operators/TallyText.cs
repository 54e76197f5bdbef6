using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Tests.Partitions.Operators;

/// <summary>Tallies as sorted lines, so that two can be compared whatever the order inside their tables.</summary>
internal static class TallyText
{
    /// <summary>Everything the tallies hold.</summary>
    public static string[] Everything(SiteTallies tallies) =>
    [
        .. Counted(tallies),
        $"watermark {tallies.WatermarkMs}, late {tallies.Late}",
        .. tallies.AsOf.OrderBy(one => one.Key).Select(one => $"partition {one.Key} as of {one.Value}"),
    ];

    /// <summary>What a set of events determines, in whatever order they come.</summary>
    public static string[] Counted(SiteTallies tallies) =>
    [
        $"accepted {tallies.Ingest.Accepted}, duplicates {tallies.Ingest.Duplicates}",
        .. tallies.Ingest.Rejected.OrderBy(one => one.Key).Select(one => $"rejected {one.Key.Name()} {one.Value}"),
        $"sessions {tallies.Sessions}, users {tallies.Users}, over the rate {tallies.OverTheRate}",
        .. tallies.Hours.OrderBy(one => one.Key).Select(one => $"hour {one.Key}: {Kinds(one.Value)}"),
        .. tallies.Categories.OrderBy(one => one.Key, StringComparer.Ordinal).SelectMany(one => Category(one.Key, one.Value)),
        .. tallies.Brands.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"brand {one.Key}: {Kinds(one.Value)}"),
        .. tallies.CartHours.OrderBy(one => one.Key).Select(one => $"carts {one.Key}: {Carts(one.Value)}"),
        .. tallies.VisitorsByDay.OrderBy(one => one.Key).Select(one => $"visitors {one.Key}: {one.Value}"),
        .. tallies.SubCategories.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"sub-category {one.Key}: {Kinds(one.Value)}"),
        .. tallies.CategoryDays.SelectMany(one => one.Value.Select(day => $"category {one.Key} on day {day.Key}: {day.Value}")).Order(StringComparer.Ordinal),
        .. tallies.CartCategories.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"carts of category {one.Key}: {Carts(one.Value)}"),
        .. tallies.CartProducts.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"carts of product {one.Key}: {Carts(one.Value)}"),
        $"funnel: {Funnel(tallies.Funnel)}",
        .. tallies.FunnelDays.OrderBy(one => one.Key).Select(one => $"funnel on {one.Key}: {Funnel(one.Value)}"),
        .. tallies.FunnelCategories.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"funnel of category {one.Key}: {Funnel(one.Value)}"),
        .. tallies.Spend.SelectMany(day => day.Value.Select(user => $"spend on {day.Key} of {user.Key}: {user.Value.Units}")).Order(StringComparer.Ordinal),
        $"spend unlisted {tallies.SpendUnlisted.Units}",
        .. tallies.Pages.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"page {one.Key}: {one.Value.Visits} {one.Value.DurationMs} since {one.Value.FirstMs}"),
        $"pages {tallies.AllPages.Visits} {tallies.AllPages.DurationMs} of {tallies.PageUsers}",
        .. tallies.ProductHashes.Order().Select(hash => $"product {hash:x16}"),
    ];

    private static string Carts(CartTally tally) => $"{tally.Purchased} {tally.Removed} {tally.Abandoned}";

    private static string Funnel(FunnelTally tally) => $"{tally.Sessions} {tally.View} {tally.Cart} {tally.Purchase}";

    private static IEnumerable<string> Category(string id, CategoryTally tally) =>
        tally.HourOfDay.Select((kinds, hour) => $"category {id} at {hour}: {Kinds(kinds)}")
            .Concat(tally.Weekday.Select((kinds, day) => $"category {id} on {day}: {Kinds(kinds)}"));

    private static string Kinds(KindTally? tally) => tally is null
        ? "none"
        : string.Join(' ', EventKinds.All.Select(kind => $"{tally.Events[kind.Index()]}*{tally.Price[kind.Index()].Units}")) + $" = {tally.Revenue.Units}";
}
