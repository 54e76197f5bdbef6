using System.Text.Json;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Reports;

/// <summary>How far sessions came from view to cart to purchase, by the UTC date of their first event.</summary>
public sealed class FunnelByDayReport : IReportDefinition
{
    /// <inheritdoc/>
    public string Name => ReportNames.FunnelByDay;

    /// <inheritdoc/>
    public string Description => "Sessions that reached view, cart and purchase in that order, by UTC date";

    /// <inheritdoc/>
    public TallyParts Parts => TallyParts.Funnel;

    /// <inheritdoc/>
    public Report Compute(SiteTallies tallies)
    {
        var days = tallies.FunnelDays.OrderBy(pair => pair.Key).ToArray();
        var table = new ReportTable(
            [new("date", ReportColumnType.Text), .. FunnelNumbers.Columns],
            days.Select(pair => (object?[])[EventTime.DayName(pair.Key), .. FunnelNumbers.Of(pair.Value)]).ToArray());
        return new Report(Name, tallies.AsOf, tallies.WatermarkMs, ReportJson.Text(writer => Write(writer, days)), table);
    }

    private static void Write(Utf8JsonWriter writer, KeyValuePair<int, FunnelTally>[] days)
    {
        writer.WriteStartObject();
        foreach (var (day, tally) in days)
        {
            writer.WriteStartObject(EventTime.DayName(day));
            FunnelNumbers.Write(writer, tally);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}
