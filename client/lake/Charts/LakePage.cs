using System.Globalization;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Snapshots;

namespace OrleansAnalytics.Charts;

/// <summary>
/// One static page about a lake, or about one period of it: totals, charts over time, the funnel, carts, categories, brands and pages
/// (<see cref="ChartPage"/>).
/// </summary>
public static class LakePage
{
    private static readonly string[] Shown =
    [
        ReportNames.Totals, ReportNames.Funnel, ReportNames.CartAbandonment, ReportNames.CartAbandonmentByDay, ReportNames.Brands, ReportNames.BrandsNeedingMarketing,
        ReportNames.Pages,
    ];

    /// <summary>The reports that the page is made of; all are part of the snapshots of days and months.</summary>
    public static IReadOnlyList<string> Reports => Shown;

    /// <summary>The page.</summary>
    /// <param name="database">The lake, or one period of it.</param>
    /// <param name="report">The reports of it, one of <see cref="Reports"/> at a time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SqlException">It took too long, needed too much memory, or a file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public static string Of(LakeDatabase database, Func<string, Report> report, CancellationToken cancellationToken = default)
    {
        database.AddReportViews();
        var hours = database.FilesRead.Select(LakeHours.Of).DefaultIfEmpty(database.Period?.Start ?? DateTime.UnixEpoch).ToList();
        var times = PageTimes.Of(database.Period, hours.Min(), hours.Max());
        var reports = Shown.ToDictionary(name => name, report);
        var page = new PageSections(database, times, reports, cancellationToken);
        var title = Title(database, hours);
        var events = database.FilesRead.Sum(file => file.Rows);
        return ChartPage.Of(title, $"{ChartText.Number(events)} events of the lake; all times are UTC.", page.All(), Footer(database));
    }

    private static string Title(LakeDatabase database, List<DateTime> hours) => database.Period switch
    {
        { Kind: PeriodKind.Hour } hour => $"The hour from {hour.Start.ToString("yyyy-MM-dd HH:00", CultureInfo.InvariantCulture)}",
        { Kind: PeriodKind.Day } day => day.Start.ToString("dddd, d MMMM yyyy", CultureInfo.InvariantCulture),
        { } month => month.Start.ToString("MMMM yyyy", CultureInfo.InvariantCulture),
        null when database.FilesRead.Count == 0 => "A lake without events",
        null => $"{hours.Min().ToString("d MMMM yyyy", CultureInfo.InvariantCulture)} to {hours.Max().ToString("d MMMM yyyy", CultureInfo.InvariantCulture)}",
    };

    private static string Footer(LakeDatabase database)
    {
        var cut = database.Period is null ? "" : " Only the events of this period count: a session that crosses its border is counted as far as it lies within.";
        var asOf = database.AsOf.Count == 0 ? "imported files" : "the positions " + ReportAsOf.Positions(database.AsOf);
        return $"As of {asOf}.{cut} A cart is one session and product; abandonment leaves removed carts out. The words are explained in the project's glossary.";
    }
}
