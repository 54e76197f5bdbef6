using System.Text.Json;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Reports;

/// <summary>
/// Events by sub-category, the second part of the dotted category name; most viewed first, ties by name. The JSON lists twenty with their events by kind, the
/// table all up to the limit, also with the share of each kind in the sub-category's events.
/// </summary>
/// <param name="rankedInTable">See <see cref="ReportOptions.RankedInTables"/>.</param>
public sealed class SubCategoriesReport(int rankedInTable) : IReportDefinition
{
    private const int InJson = 20;

    private static readonly EventKind[] Kinds = [EventKind.View, EventKind.Cart, EventKind.RemoveFromCart, EventKind.Purchase];

    /// <inheritdoc/>
    public string Name => ReportNames.SubCategories;

    /// <inheritdoc/>
    public string Description => "Events by sub-category and kind, and each kind's share";

    /// <inheritdoc/>
    public TallyParts Parts => TallyParts.SubCategories;

    /// <inheritdoc/>
    public Report Compute(SiteTallies tallies)
    {
        var ranking = Ranking.Of(tallies.SubCategories, Ranking.Views);
        return new Report(Name, tallies.AsOf, tallies.WatermarkMs, ReportJson.Text(writer => Write(writer, ranking)), Table(ranking));
    }

    private static void Write(Utf8JsonWriter writer, Ranking<KindTally> ranking)
    {
        writer.WriteStartObject();
        foreach (var (name, tally, _) in ranking.Top(InJson))
        {
            writer.WriteStartObject(name);
            ReportJson.WriteKinds(writer, tally);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private ReportTable Table(Ranking<KindTally> ranking)
    {
        var rows = new List<object?[]>();
        ranking.AppendRows(rows, [], rankedInTable, static tally =>
        [
            Ranking.Events(tally),
            .. Kinds.Select(kind => (object?)tally.Events[kind.Index()]),
            .. Kinds.Select(kind => (object?)ReportJson.Share(tally.Events[kind.Index()], Ranking.Events(tally))),
        ]);
        return new ReportTable(
            new ReportColumn[]
            {
                new("rank", ReportColumnType.Integer),
                new("sub_category", ReportColumnType.Text),
                new("events", ReportColumnType.Integer),
                new("views", ReportColumnType.Integer),
                new("carts", ReportColumnType.Integer),
                new("removals", ReportColumnType.Integer),
                new("purchases", ReportColumnType.Integer),
                new("view_share", ReportColumnType.Decimal),
                new("cart_share", ReportColumnType.Decimal),
                new("removal_share", ReportColumnType.Decimal),
                new("purchase_share", ReportColumnType.Decimal),
            },
            rows);
    }
}
