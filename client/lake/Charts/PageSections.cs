using System.Globalization;
using System.Text;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Snapshots;

namespace OrleansAnalytics.Charts;

/// <summary>The parts of a page, each as HTML.</summary>
/// <param name="database">The lake, or one period of it.</param>
/// <param name="times">The axis of charts over time.</param>
/// <param name="reports">The reports of <see cref="LakePage.Reports"/>.</param>
/// <param name="stop">Gives up.</param>
internal sealed class PageSections(LakeDatabase database, PageTimes times, IReadOnlyDictionary<string, Report> reports, CancellationToken stop)
{
    private const int RowsShown = 10;
    private const int MostDaysOfHours = 62;

    private static readonly BarChart Wide = new(1000, 280);
    private static readonly BarChart Half = new(500, 190);

    // By the columns of over_time.sql behind the first.
    private static readonly (string Name, string Style)[] Kinds = [("Views", "view"), ("Carts", "cart"), ("Removals from carts", "remove"), ("Purchases", "purchase"), ("Page visits", "page")];

    /// <summary>All of them, in order; those about something that did not happen are left out.</summary>
    public IEnumerable<string> All()
    {
        var overTime = OverTime();
        yield return Tiles();
        yield return ChartPage.Section($"Events by {times.Unit.Name()}", Events(overTime));
        if (times.Unit != PeriodKind.Hour)
        {
            yield return ChartPage.Section("Events by day and hour", HoursOfDays());
            yield return ChartPage.Section("Carts by day", CartsByDay());
        }

        yield return ChartPage.Section("From view to purchase", $"<div class=\"grid2\"><div>{Funnel()}</div><div>{Carts()}</div></div>");
        yield return ChartPage.Section("Categories with the most events", Categories());
        yield return ChartPage.Section("Brands with the most views", Brands());
        yield return ChartPage.Section("Brands that need marketing", Needing());
        if (Rows(ReportNames.Pages).Any(row => row.IntegerOrNull("rank") is not null))
        {
            yield return ChartPage.Section("Pages with the most visits", Pages());
        }
    }

    private static string Count(LakeRow row, string column) => row.IntegerOrNull(column) is { } count ? ChartText.Number(count) : "–";

    private static string Share(LakeRow row, string column) => ChartText.Percent(row.DecimalOrNull(column));

    private static double Part(long part, long whole) => whole == 0 ? 0 : (double)part / whole;

    private IEnumerable<LakeRow> Rows(string report) => LakeRow.Of(reports[report].Table);

    private IReadOnlyList<object?[]> Query(string file, params (string Name, string Value)[] values) => new SqlRunner(database).Trusted(
        values.Aggregate(SqlText.Embedded($"Charts/{file}.sql"), (sql, value) => sql.Replace("$" + value.Name, value.Value, StringComparison.Ordinal)), stop).Rows;

    private string Tiles()
    {
        var totals = Rows(ReportNames.Totals).ToDictionary(row => row.Text("measure"), row => row.Decimal("value"));
        var carts = Rows(ReportNames.CartAbandonment).Last();
        decimal Total(string measure) => totals.GetValueOrDefault(measure);
        var views = Total("events.view");
        return ChartPage.Tiles(
            ("unique visitors", ChartText.Number(Total("users"))),
            ("sessions", ChartText.Number(Total("sessions"))),
            ("views", ChartText.Number(views)),
            ("cart events", ChartText.Number(Total("events.cart"))),
            ("purchases", ChartText.Number(Total("events.purchase"))),
            ("revenue", ChartText.Money(Total("revenue"))),
            ("purchases of views", ChartText.Percent(views == 0 ? null : Total("events.purchase") / views)),
            ("cart abandonment", Share(carts, "rate")),
            ("products", ChartText.Number(Total("products"))),
            ("brands", ChartText.Number(Total("brands"))));
    }

    /// <summary>The columns of over_time.sql behind the first, by moment; moments without events are 0.</summary>
    private decimal[][] OverTime()
    {
        var found = Query("over_time", ("unit", times.Unit.Name())).ToDictionary(row => (DateTime)row[0]!, row => row.Skip(1).Select(cell => Convert.ToDecimal(cell, CultureInfo.InvariantCulture)).ToArray());
        var columns = Kinds.Length + 2;
        return [.. Enumerable.Range(0, columns).Select(column => times.Moments.Select(moment => found.TryGetValue(moment, out var row) ? row[column] : 0).ToArray())];
    }

    private string Events(decimal[][] overTime)
    {
        var kinds = Kinds.Select((kind, column) => new ChartSeries(kind.Name, kind.Style, overTime[column])).Where(series => series.Values.Any(value => value > 0)).ToList();
        var legend = string.Concat(kinds.Select(kind => $"<li><i class=\"{kind.Style}\"></i>{ChartText.Escape(kind.Name)}</li>"));
        var html = new StringBuilder($"<figure><ul class=\"legend\">{legend}</ul>{Wide.Draw("Events by kind", times.Labels, kinds)}</figure><div class=\"grid2\" style=\"margin-top:14px\">");

        // Beside the views the others are too small to be seen.
        foreach (var kind in kinds.Where(kind => kinds.Count > 1 && kind.Style != "view"))
        {
            html.Append(ChartPage.Figure(kind.Name, Half.Draw(kind.Name, times.Labels, [kind])));
        }

        return html
            .Append(ChartPage.Figure("Unique visitors", Half.Draw("Unique visitors", times.Labels, [new ChartSeries("visitors", "visitors", overTime[^2])])))
            .Append(ChartPage.Figure("Revenue", Half.Draw("Revenue", times.Labels, [new ChartSeries("revenue", "revenue", overTime[^1])], ChartText.Money)))
            .Append("</div>").ToString();
    }

    private string HoursOfDays()
    {
        var found = Query("hours_of_days", ("days", MostDaysOfHours.ToString(CultureInfo.InvariantCulture))).ToDictionary(row => ((string)row[0]!, (long)row[1]!), row => (long)row[2]!);
        var days = found.Keys.Select(key => key.Item1).Distinct().ToList();
        var hours = Enumerable.Range(0, 24).Select(hour => hour.ToString("00", CultureInfo.InvariantCulture)).ToList();
        return $"<figure>{new HeatMap(1000).Draw("Events by day and hour", days, hours, (row, column) => found.GetValueOrDefault((days[row], column)))}</figure>";
    }

    private string CartsByDay()
    {
        var days = Rows(ReportNames.CartAbandonmentByDay).Where(row => row.Text("date") != "all").ToList();
        ChartSeries Outcome(string name, string style) => new(name, style, [.. days.Select(row => (decimal)row.Integer(name))]);
        return "<figure><ul class=\"legend\"><li><i class=\"purchase\"></i>purchased</li><li><i class=\"remove\"></i>removed</li><li><i class=\"cart\"></i>abandoned</li></ul>"
            + Wide.Draw("What became of carts", [.. days.Select(row => row.Text("date"))], [Outcome("purchased", "purchase"), Outcome("removed", "remove"), Outcome("abandoned", "cart")])
            + "</figure>";
    }

    private string Funnel() => "<h3>Sessions by how far they came</h3>" + HtmlTable.Of(
        [new("step", IsNumber: false), new("sessions"), new("of all"), new("lost before it")],
        [.. Rows(ReportNames.Funnel).Select(row => (IReadOnlyList<HtmlCell>)
            [new(row.Text("step"), (double)(row.DecimalOrNull("share") ?? 0)), Count(row, "sessions"), Share(row, "share"), Share(row, "drop_off")])]);

    private string Carts()
    {
        var all = Rows(ReportNames.CartAbandonment).Last();
        var carts = all.Integer("carts");
        HtmlCell[] Outcome(string name) => [new(name, Part(all.Integer(name), carts)), Count(all, name), carts == 0 ? "–" : ChartText.Percent((decimal)all.Integer(name) / carts)];
        return "<h3>What became of carts</h3>" + HtmlTable.Of(
            [new("outcome", IsNumber: false), new("carts"), new("of all")], [Outcome("purchased"), Outcome("removed"), Outcome("abandoned")]);
    }

    private string Categories()
    {
        var rows = Query("categories", ("rows", RowsShown.ToString(CultureInfo.InvariantCulture)));
        var most = rows.Count == 0 ? 0 : (long)rows[0][2]!;
        return HtmlTable.Of(
            [new("category", IsNumber: false), new("events"), new("views"), new("carts"), new("purchases"), new("revenue")],
            [.. rows.Select(row => (IReadOnlyList<HtmlCell>)
                [
                    new((string?)row[1] ?? (string)row[0]!, Part((long)row[2]!, most)), .. row.Skip(2).Take(4).Select(cell => new HtmlCell(ChartText.Number((long)cell!))),
                    ChartText.Money((decimal)row[6]!),
                ])]);
    }

    private string Brands()
    {
        var rows = Rows(ReportNames.Brands).Take(RowsShown).ToList();
        var most = rows.Count == 0 ? 0 : rows[0].Integer("views");
        return HtmlTable.Of(
            [new("brand", IsNumber: false), new("views"), new("carts"), new("purchases"), new("conversion"), new("revenue")],
            [.. rows.Select(row => (IReadOnlyList<HtmlCell>)
                [
                    new(row.Text("brand"), Part(row.Integer("views"), most)), Count(row, "views"), Count(row, "carts"), Count(row, "purchases"), Share(row, "conversion"),
                    ChartText.Money(row.Decimal("revenue")),
                ])]);
    }

    private string Needing() => "<p class=\"quiet\">Much viewed, and even at the upper end of what chance allows they convert worse than all brands together.</p>" + HtmlTable.Of(
        [new("brand", IsNumber: false), new("views"), new("purchases"), new("conversion"), new("at most"), new("all brands")],
        [.. Rows(ReportNames.BrandsNeedingMarketing).Take(RowsShown).Select(row => (IReadOnlyList<HtmlCell>)
            [row.Text("brand"), Count(row, "views"), Count(row, "purchases"), Share(row, "conversion"), Share(row, "upper_bound"), Share(row, "overall_conversion")])]);

    private string Pages()
    {
        var rows = Rows(ReportNames.Pages).Where(row => row.IntegerOrNull("rank") is not null).Take(RowsShown).ToList();
        return HtmlTable.Of(
            [new("page", IsNumber: false), new("visits"), new("seconds"), new("seconds a visit")],
            [.. rows.Select(row => (IReadOnlyList<HtmlCell>)
                [
                    new(row.Text("url"), Part(row.Integer("visits"), rows[0].Integer("visits"))), Count(row, "visits"), ChartText.Number(row.Decimal("seconds")),
                    row.DecimalOrNull("average_seconds") is { } average ? ChartText.Number(average) : "–",
                ])]);
    }
}
