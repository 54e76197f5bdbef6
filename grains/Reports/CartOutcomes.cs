using System.Text.Json;

namespace OrleansAnalytics.Reports;

/// <summary>How reports show what became of carts. Rate = abandoned / (abandoned + purchased); none if both are 0.</summary>
internal static class CartOutcomes
{
    /// <summary>The columns of <see cref="Numbers"/>.</summary>
    public static readonly ReportColumn[] Columns =
    [
        new("carts", ReportColumnType.Integer),
        new("purchased", ReportColumnType.Integer),
        new("removed", ReportColumnType.Integer),
        new("abandoned", ReportColumnType.Integer),
        new("rate", ReportColumnType.Decimal),
    ];

    /// <summary>Abandoned carts as a share of those that were not removed.</summary>
    public static decimal? Rate(CartTally tally) => ReportJson.Share(tally.Abandoned, tally.Abandoned + tally.Purchased);

    /// <summary>A row's cells.</summary>
    public static object?[] Numbers(CartTally tally) => [tally.Carts, tally.Purchased, tally.Removed, tally.Abandoned, Rate(tally)];

    /// <summary>The outcomes that there are, into the current object.</summary>
    public static void Write(Utf8JsonWriter writer, CartTally tally)
    {
        ReportJson.WriteUnlessZero(writer, "purchased", tally.Purchased);
        ReportJson.WriteUnlessZero(writer, "removed", tally.Removed);
        ReportJson.WriteUnlessZero(writer, "abandoned", tally.Abandoned);
    }

    /// <summary>Sums of the tallies whose keys have one group.</summary>
    public static SortedDictionary<int, CartTally> By(IEnumerable<KeyValuePair<int, CartTally>> hours, Func<int, int> group)
    {
        var sums = new SortedDictionary<int, CartTally>();
        foreach (var (hour, tally) in hours)
        {
            if (tally.Carts == 0)
            {
                continue;
            }

            var key = group(hour);
            if (!sums.TryGetValue(key, out var sum))
            {
                sums.Add(key, sum = new CartTally());
            }

            sum.Add(tally);
        }

        return sums;
    }

    /// <summary>The sum of all.</summary>
    public static CartTally All(IEnumerable<CartTally> tallies)
    {
        var all = new CartTally();
        foreach (var tally in tallies)
        {
            all.Add(tally);
        }

        return all;
    }
}
