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
        var hours = CartOutcomes.By(tallies.CartHours, EventTime.HourOfDayOfHour);
        var all = CartOutcomes.All(hours.Values);
        return new Report(Name, tallies.AsOf, tallies.WatermarkMs, ReportJson.Text(writer => Write(writer, all, hours)), Table(all, hours));
    }

    private static void Write(Utf8JsonWriter writer, CartTally all, SortedDictionary<int, CartTally> hours)
    {
        writer.WriteStartObject();
        writer.WriteNumber("carts", all.Carts);
        CartOutcomes.Write(writer, all);
        ReportJson.WriteShare(writer, "rate", CartOutcomes.Rate(all));
        writer.WriteStartObject("by_hour");
        foreach (var (hour, tally) in hours)
        {
            writer.WriteStartObject(Label(hour));
            CartOutcomes.Write(writer, tally);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static ReportTable Table(CartTally all, SortedDictionary<int, CartTally> hours) => new(
        [new("hour", ReportColumnType.Text), .. CartOutcomes.Columns],
        [.. hours.Select(pair => (object?[])[Label(pair.Key), .. CartOutcomes.Numbers(pair.Value)]), ["all", .. CartOutcomes.Numbers(all)]]);

    private static string Label(int hour) => hour.ToString("00", CultureInfo.InvariantCulture);
}
