using OrleansAnalytics.Events;

namespace OrleansAnalytics.Reports;

/// <summary>Distinct users by UTC date.</summary>
public sealed class UniqueVisitorsReport : IReportDefinition
{
    /// <inheritdoc/>
    public string Name => ReportNames.UniqueVisitorsPerDay;

    /// <inheritdoc/>
    public string Description => "Distinct users by UTC date";

    /// <inheritdoc/>
    public TallyParts Parts => TallyParts.Visitors;

    /// <inheritdoc/>
    public Report Compute(SiteTallies tallies)
    {
        var days = tallies.VisitorsByDay.OrderBy(pair => pair.Key).ToArray();
        var json = ReportJson.Text(writer =>
        {
            writer.WriteStartObject();
            foreach (var (day, visitors) in days)
            {
                writer.WriteNumber(EventTime.DayName(day), visitors);
            }

            writer.WriteEndObject();
        });
        var table = new ReportTable(
            new ReportColumn[] { new("date", ReportColumnType.Text), new("visitors", ReportColumnType.Integer) },
            days.Select(pair => new object?[] { EventTime.DayName(pair.Key), pair.Value }).ToArray());
        return new Report(Name, tallies.AsOf, tallies.WatermarkMs, json, table);
    }
}
