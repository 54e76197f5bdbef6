using System.Text.Json;

namespace OrleansAnalytics.Reports;

/// <summary>
/// Page visits: how many, by how many users, the most visited page, the total time per user, and for each page the average time of a visit. Times are in
/// seconds, rounded to four decimals, half to even. Most visited first, of equals the one visited first; the JSON lists twenty pages, the table all up to the limit, and a last
/// row <c>all</c> that also tells users and their average time.
/// </summary>
/// <param name="rankedInTable">See <see cref="ReportOptions.RankedInTables"/>.</param>
public sealed class PagesReport(int rankedInTable) : IReportDefinition
{
    private const int InJson = 20;
    private const int Decimals = 4;

    /// <inheritdoc/>
    public string Name => ReportNames.Pages;

    /// <inheritdoc/>
    public string Description => "Page visits, their users, the most visited page, and average times";

    /// <inheritdoc/>
    public TallyParts Parts => TallyParts.Pages;

    /// <inheritdoc/>
    public Report Compute(SiteTallies tallies)
    {
        var ranking = new Ranking<PageTally>(tallies.Pages, page => page.Visits, SiteTalliesMerger.Add, page => page.FirstMs);
        return new Report(Name, tallies.AsOf, tallies.WatermarkMs, ReportJson.Text(writer => Write(writer, tallies, ranking)), Table(tallies, ranking));
    }

    private static void Write(Utf8JsonWriter writer, SiteTallies tallies, Ranking<PageTally> ranking)
    {
        writer.WriteStartObject();
        writer.WriteNumber("interactions", tallies.AllPages.Visits);
        writer.WriteNumber("users", tallies.PageUsers);
        writer.WriteString("most_visited", ranking.IsEmpty ? null : ranking.Top(1)[0].Name);
        ReportJson.WriteShare(writer, "seconds_per_user", Average(tallies.AllPages.DurationMs, tallies.PageUsers));
        writer.WriteStartObject("average_seconds");
        foreach (var (url, page, _) in ranking.Top(InJson))
        {
            ReportJson.WriteShare(writer, url, Average(page.DurationMs, page.Visits));
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private ReportTable Table(SiteTallies tallies, Ranking<PageTally> ranking)
    {
        var rows = new List<object?[]>();
        ranking.AppendRows(rows, [], rankedInTable, static page => [.. Numbers(page), null, null]);
        rows.Add([null, "all", .. Numbers(tallies.AllPages), tallies.PageUsers, Average(tallies.AllPages.DurationMs, tallies.PageUsers)]);
        return new ReportTable(
            new ReportColumn[]
            {
                new("rank", ReportColumnType.Integer),
                new("url", ReportColumnType.Text),
                new("visits", ReportColumnType.Integer),
                new("seconds", ReportColumnType.Decimal),
                new("average_seconds", ReportColumnType.Decimal),
                new("users", ReportColumnType.Integer),
                new("seconds_per_user", ReportColumnType.Decimal),
            },
            rows);
    }

    private static object?[] Numbers(PageTally page) => [page.Visits, page.DurationMs / 1000m, Average(page.DurationMs, page.Visits)];

    private static decimal? Average(long durationMs, long count) => count == 0 ? null : decimal.Round(durationMs / 1000m / count, Decimals, MidpointRounding.ToEven);
}
