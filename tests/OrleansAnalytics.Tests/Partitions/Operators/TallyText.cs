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
        .. tallies.CartHours.OrderBy(one => one.Key).Select(one => $"carts {one.Key}: {one.Value.Purchased} {one.Value.Removed} {one.Value.Abandoned}"),
        .. tallies.VisitorsByDay.OrderBy(one => one.Key).Select(one => $"visitors {one.Key}: {one.Value}"),
        .. tallies.ProductHashes.Order().Select(hash => $"product {hash:x16}"),
    ];

    private static IEnumerable<string> Category(string id, CategoryTally tally) =>
        tally.HourOfDay.Select((kinds, hour) => $"category {id} at {hour}: {Kinds(kinds)}")
            .Concat(tally.Weekday.Select((kinds, day) => $"category {id} on {day}: {Kinds(kinds)}"));

    private static string Kinds(KindTally? tally) => tally is null
        ? "none"
        : string.Join(' ', EventKinds.All.Select(kind => $"{tally.Events[kind.Index()]}*{tally.Price[kind.Index()].Units}")) + $" = {tally.Revenue.Units}";
}
