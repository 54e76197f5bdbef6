using System.Globalization;
using System.Text.Json;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Reports;

/// <summary>
/// What became of carts, by the hour of day of their first cart event. Rate = abandoned / (abandoned + purchased); none if both are 0.
/// The table has a row for each hour with carts and a last row <c>all</c>.
/// </summary>
public sealed class CartAbandonmentReport : IReportDefinition
{
    /// <inheritdoc/>
    public string Name => ReportNames.CartAbandonment;

    /// <inheritdoc/>
    public string Description => "Carts purchased, removed and abandoned, by hour of day";

    /// <inheritdoc/>
    public TallyParts Parts => TallyParts.Carts;

    /// <inheritdoc/>
    public Report Compute(SiteTallies tallies)
    {
        var all = new CartTally();
        var hours = new SortedDictionary<int, CartTally>();
        foreach (var (hour, tally) in tallies.CartHours)
        {
            if (tally.Carts == 0)
            {
                continue;
            }

            var hourOfDay = EventTime.HourOfDayOfHour(hour);
            if (!hours.TryGetValue(hourOfDay, out var sum))
            {
                hours.Add(hourOfDay, sum = new CartTally());
            }

            sum.Add(tally);
            all.Add(tally);
        }

        return new Report(Name, tallies.AsOf, tallies.WatermarkMs, ReportJson.Text(writer => Write(writer, all, hours)), Table(all, hours));
    }

    private static void Write(Utf8JsonWriter writer, CartTally all, SortedDictionary<int, CartTally> hours)
    {
        writer.WriteStartObject();
        writer.WriteNumber("carts", all.Carts);
        WriteOutcomes(writer, all);
        ReportJson.WriteShare(writer, "rate", Rate(all));
        writer.WriteStartObject("by_hour");
        foreach (var (hour, tally) in hours)
        {
            writer.WriteStartObject(Label(hour));
            WriteOutcomes(writer, tally);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteOutcomes(Utf8JsonWriter writer, CartTally tally)
    {
        ReportJson.WriteUnlessZero(writer, "purchased", tally.Purchased);
        ReportJson.WriteUnlessZero(writer, "removed", tally.Removed);
        ReportJson.WriteUnlessZero(writer, "abandoned", tally.Abandoned);
    }

    private static ReportTable Table(CartTally all, SortedDictionary<int, CartTally> hours)
    {
        var rows = new List<object?[]>();
        foreach (var (hour, tally) in hours)
        {
            rows.Add(Row(Label(hour), tally));
        }

        rows.Add(Row("all", all));
        return new ReportTable(
            new ReportColumn[]
            {
                new("hour", ReportColumnType.Text),
                new("carts", ReportColumnType.Integer),
                new("purchased", ReportColumnType.Integer),
                new("removed", ReportColumnType.Integer),
                new("abandoned", ReportColumnType.Integer),
                new("rate", ReportColumnType.Decimal),
            },
            rows);
    }

    private static object?[] Row(string label, CartTally tally) =>
        [label, tally.Carts, tally.Purchased, tally.Removed, tally.Abandoned, Rate(tally)];

    private static decimal? Rate(CartTally tally) => ReportJson.Share(tally.Abandoned, tally.Abandoned + tally.Purchased);

    private static string Label(int hour) => hour.ToString("00", CultureInfo.InvariantCulture);
}
