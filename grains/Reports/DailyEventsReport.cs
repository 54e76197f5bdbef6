using System.Text.Json;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Reports;

/// <summary>Events by UTC date and kind; kinds without events are left out.</summary>
public sealed class DailyEventsReport : IReportDefinition
{
    /// <inheritdoc/>
    public string Name => ReportNames.DailyEvents;

    /// <inheritdoc/>
    public string Description => "Events by UTC date and kind";

    /// <inheritdoc/>
    public TallyParts Parts => TallyParts.Hours;

    /// <inheritdoc/>
    public Report Compute(SiteTallies tallies)
    {
        var days = new SortedDictionary<int, KindTally>();
        foreach (var (hour, tally) in tallies.Hours)
        {
            var day = EventTime.DayOfHour(hour);
            if (!days.TryGetValue(day, out var sum))
            {
                days.Add(day, sum = new KindTally());
            }

            sum.Add(tally);
        }

        return new Report(Name, tallies.AsOf, tallies.WatermarkMs, ReportJson.Text(writer => Write(writer, days)), Table(days));
    }

    private static void Write(Utf8JsonWriter writer, SortedDictionary<int, KindTally> days)
    {
        writer.WriteStartObject();
        foreach (var (day, tally) in days)
        {
            writer.WriteStartObject(EventTime.DayName(day));
            ReportJson.WriteKinds(writer, tally);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static ReportTable Table(SortedDictionary<int, KindTally> days)
    {
        var rows = new List<object?[]>();
        foreach (var (day, tally) in days)
        {
            foreach (var kind in EventKinds.All)
            {
                if (tally.Events[kind.Index()] is var events and not 0)
                {
                    rows.Add(new object?[] { EventTime.DayName(day), kind.Name(), events });
                }
            }
        }

        return new ReportTable(
            new ReportColumn[] { new("date", ReportColumnType.Text), new("kind", ReportColumnType.Text), new("events", ReportColumnType.Integer) },
            rows);
    }
}
