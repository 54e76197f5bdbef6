using System.Text.Json;

namespace OrleansAnalytics.Reports;

/// <summary>
/// How far sessions came from view to cart to purchase with the events of one category alone; most sessions first, ties by id. A session counts in every
/// category of which it has a view, cart or purchase, so sessions add up to more than there are. The JSON lists twenty, the table all up to the limit.
/// </summary>
/// <param name="rankedInTable">See <see cref="ReportOptions.RankedInTables"/>.</param>
public sealed class FunnelByCategoryReport(int rankedInTable) : IReportDefinition
{
    private const int InJson = 20;

    /// <inheritdoc/>
    public string Name => ReportNames.FunnelByCategory;

    /// <inheritdoc/>
    public string Description => "Sessions that reached view, cart and purchase in that order, by category";

    /// <inheritdoc/>
    public TallyParts Parts => TallyParts.Funnel;

    /// <inheritdoc/>
    public Report Compute(SiteTallies tallies)
    {
        var ranking = new Ranking<FunnelTally>(tallies.FunnelCategories, tally => tally.Sessions, SiteTalliesMerger.Add);
        var rows = new List<object?[]>();
        ranking.AppendRows(rows, [], rankedInTable, FunnelNumbers.Of);
        var table = new ReportTable([new("rank", ReportColumnType.Integer), new("category_id", ReportColumnType.Text), .. FunnelNumbers.Columns], rows);
        return new Report(Name, tallies.AsOf, tallies.WatermarkMs, ReportJson.Text(writer => Write(writer, ranking)), table);
    }

    private static void Write(Utf8JsonWriter writer, Ranking<FunnelTally> ranking)
    {
        writer.WriteStartObject();
        foreach (var (category, tally, _) in ranking.Top(InJson))
        {
            writer.WriteStartObject(category);
            FunnelNumbers.Write(writer, tally);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}
