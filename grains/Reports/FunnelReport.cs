namespace OrleansAnalytics.Reports;

/// <summary>
/// How many sessions had a view, a cart event at or after a view, and a purchase at or after such a cart event; other events may lie between. The table has
/// a row for each step, with its share of all sessions and the drop-off from the step before.
/// </summary>
public sealed class FunnelReport : IReportDefinition
{
    /// <inheritdoc/>
    public string Name => ReportNames.Funnel;

    /// <inheritdoc/>
    public string Description => "Sessions that reached view, cart and purchase in that order";

    /// <inheritdoc/>
    public TallyParts Parts => TallyParts.Funnel;

    /// <inheritdoc/>
    public Report Compute(SiteTallies tallies)
    {
        var funnel = tallies.Funnel;
        var json = ReportJson.Text(writer =>
        {
            writer.WriteStartObject();
            FunnelNumbers.Write(writer, funnel);
            writer.WriteEndObject();
        });
        return new Report(Name, tallies.AsOf, tallies.WatermarkMs, json, Table(funnel));
    }

    private static ReportTable Table(FunnelTally funnel)
    {
        var rows = new List<object?[]>();
        var before = 0L;
        foreach (var (step, sessions) in new[] { ("sessions", funnel.Sessions), ("view", funnel.View), ("cart", funnel.Cart), ("purchase", funnel.Purchase) })
        {
            rows.Add([step, sessions, ReportJson.Share(sessions, funnel.Sessions), rows.Count == 0 ? null : FunnelNumbers.DropOff(sessions, before)]);
            before = sessions;
        }

        return new ReportTable(
            new ReportColumn[]
            {
                new("step", ReportColumnType.Text),
                new("sessions", ReportColumnType.Integer),
                new("share", ReportColumnType.Decimal),
                new("drop_off", ReportColumnType.Decimal),
            },
            rows);
    }
}
