using System.Text.Json;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Reports;

/// <summary>
/// What shoppers do with each brand; most viewed first, ties by name. The JSON lists twenty, the table all up to the limit, with
/// conversion = purchases / views (none without views).
/// </summary>
/// <param name="rankedInTable">See <see cref="ReportOptions.RankedInTables"/>.</param>
public sealed class BrandsReport(int rankedInTable) : IReportDefinition
{
    private const int InJson = 20;

    /// <inheritdoc/>
    public string Name => ReportNames.Brands;

    /// <inheritdoc/>
    public string Description => "Views, carts, removals, purchases, revenue and conversion by brand";

    /// <inheritdoc/>
    public TallyParts Parts => TallyParts.Brands;

    /// <inheritdoc/>
    public Report Compute(SiteTallies tallies)
    {
        var ranking = Ranking.Of(tallies.Brands, Ranking.Views);
        return new Report(Name, tallies.AsOf, tallies.WatermarkMs, ReportJson.Text(writer => Write(writer, ranking)), Table(ranking));
    }

    private static void Write(Utf8JsonWriter writer, Ranking<KindTally> ranking)
    {
        writer.WriteStartObject();
        foreach (var (brand, tally, _) in ranking.Top(InJson))
        {
            writer.WriteStartObject(brand);
            ReportJson.WriteKinds(writer, tally);
            ReportJson.WriteMoney(writer, "revenue", tally.Revenue);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private ReportTable Table(Ranking<KindTally> ranking)
    {
        var rows = new List<object?[]>();
        ranking.AppendRows(rows, [], rankedInTable, static tally =>
        [
            Ranking.Views(tally),
            tally.Events[EventKind.Cart.Index()],
            tally.Events[EventKind.RemoveFromCart.Index()],
            tally.Events[EventKind.Purchase.Index()],
            tally.Revenue.Amount,
            ReportJson.Share(tally.Events[EventKind.Purchase.Index()], Ranking.Views(tally)),
        ]);
        return new ReportTable(
            new ReportColumn[]
            {
                new("rank", ReportColumnType.Integer),
                new("brand", ReportColumnType.Text),
                new("views", ReportColumnType.Integer),
                new("carts", ReportColumnType.Integer),
                new("removals", ReportColumnType.Integer),
                new("purchases", ReportColumnType.Integer),
                new("revenue", ReportColumnType.Decimal),
                new("conversion", ReportColumnType.Decimal),
            },
            rows);
    }
}
