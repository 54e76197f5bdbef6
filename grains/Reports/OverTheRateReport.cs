namespace OrleansAnalytics.Reports;

/// <summary>How many (user, 10-second window) pairs have more than 10 events: bots and floods.</summary>
public sealed class OverTheRateReport : IReportDefinition
{
    /// <inheritdoc/>
    public string Name => ReportNames.OverTheRate;

    /// <inheritdoc/>
    public string Description => "Pairs of a user and a 10-second window with more than 10 events";

    /// <inheritdoc/>
    public TallyParts Parts => TallyParts.Totals;

    /// <inheritdoc/>
    public Report Compute(SiteTallies tallies) => new(
        Name,
        tallies.AsOf,
        tallies.WatermarkMs,
        ReportJson.Text(writer => writer.WriteNumberValue(tallies.OverTheRate)),
        new ReportTable(
            new ReportColumn[] { new("windows", ReportColumnType.Integer) },
            new object?[][] { [tallies.OverTheRate] }));
}
