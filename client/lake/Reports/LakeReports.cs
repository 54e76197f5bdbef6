using OrleansAnalytics.Reports;
using OrleansAnalytics.Snapshots;

namespace OrleansAnalytics.Lake;

/// <summary>All reports of the lake, by name and in the order in which they are shown. Those that the live system has too have the same columns, order and JSON.</summary>
public static class LakeReports
{
    private static readonly Dictionary<string, LakeReport> ByName;

    static LakeReports()
    {
        All =
        [
            new(ReportNames.Ingest, "Events received: accepted, dropped as duplicates, rejected by reason") { Shape = LakeShapes.Ingest },
            new(ReportNames.Totals, "Distinct users, products, categories and brands; sessions, events by kind, revenue") { IsOfSessions = true, Shape = LakeShapes.Totals, Smallest = PeriodKind.Hour },
            new(ReportNames.UniqueVisitorsPerDay, "Distinct users by UTC date") { Shape = LakeShapes.UniqueVisitors, Smallest = PeriodKind.Day },
            new(ReportNames.DailyEvents, "Events by UTC date and kind") { Shape = LakeShapes.DailyEvents, Smallest = PeriodKind.Day },
            new(ReportNames.HourProfile, "Events, sum and average of prices by hour of day and kind") { Shape = LakeShapes.HourProfile, Smallest = PeriodKind.Hour },
            new(ReportNames.TopCategoriesByHour, "Categories with the most events for each hour of day") { Shape = LakeShapes.CategoriesByHour, Smallest = PeriodKind.Hour },
            new(ReportNames.TopCategoriesByWeekday, "Categories with the most events for each weekday") { Shape = LakeShapes.CategoriesByWeekday, Smallest = PeriodKind.Day },
            new(ReportNames.SubCategories, "Events by the second part of the category code, and the share of each kind") { Shape = LakeShapes.SubCategories, Smallest = PeriodKind.Hour },
            new(ReportNames.WeekdayConversion, "Views, carts, purchases and conversion by weekday") { Shape = LakeShapes.WeekdayConversion, Smallest = PeriodKind.Day },
            new(ReportNames.Movers, "Categories by change of events, day over day and week over week") { Shape = LakeShapes.Movers, IsListed = LakeShapes.HasRank, Smallest = PeriodKind.Month },
            new(ReportNames.Brands, "Views, carts, removals, purchases, revenue and conversion by brand") { Shape = LakeShapes.Brands, Smallest = PeriodKind.Hour },
            new(ReportNames.BrandsNeedingMarketing, "Brands that convert worse than all brands together, beyond chance")
            {
                Shape = LakeShapes.BrandsNeedingMarketing, IsListed = LakeShapes.HasRank, Smallest = PeriodKind.Day,
            },
            new(ReportNames.CartAbandonment, "Carts purchased, removed and abandoned, by hour of day") { IsOfSessions = true, Shape = LakeShapes.CartAbandonment, Smallest = PeriodKind.Hour },
            new(ReportNames.CartAbandonmentByWeekday, "Carts purchased, removed and abandoned, by weekday") { IsOfSessions = true, Shape = LakeShapes.CartsByTime("weekday"), Smallest = PeriodKind.Day },
            new(ReportNames.CartAbandonmentByDay, "Carts purchased, removed and abandoned, by date") { IsOfSessions = true, Shape = LakeShapes.CartsByTime("date"), Smallest = PeriodKind.Day },
            new(ReportNames.CartAbandonmentByCategory, "Carts purchased, removed and abandoned, by category") { IsOfSessions = true, Shape = LakeShapes.CartsByName("category_id"), Smallest = PeriodKind.Hour },
            new(ReportNames.CartAbandonmentByProduct, "Carts purchased, removed and abandoned, by product") { IsOfSessions = true, Shape = LakeShapes.CartsByName("product_id"), Smallest = PeriodKind.Hour },
            new(ReportNames.Funnel, "Sessions that came from a view to a cart to a purchase") { IsOfSessions = true, Shape = LakeShapes.Funnel, Smallest = PeriodKind.Hour },
            new(ReportNames.FunnelByDay, "The funnel by the date on which sessions began") { IsOfSessions = true, Shape = LakeShapes.FunnelByDay, Smallest = PeriodKind.Day },
            new(ReportNames.FunnelByCategory, "The funnel of each category by itself") { IsOfSessions = true, Shape = LakeShapes.FunnelByCategory, Smallest = PeriodKind.Hour },
            new(ReportNames.DailyCustomerSpend, "Purchases by date and customer") { Shape = LakeShapes.DailyCustomerSpend, Smallest = PeriodKind.Day },
            new(ReportNames.Pages, "Visits, users and times of pages") { Shape = LakeShapes.Pages, Smallest = PeriodKind.Hour },
            new(ReportNames.OverTheRate, "Pairs of a user and a 10-second window with more than 10 events") { Shape = LakeShapes.OverTheRate, Smallest = PeriodKind.Hour },
            new("retention_cohorts", "Users by the week of their first event, and how many came back in later weeks") { Smallest = PeriodKind.Month },
            new("rfm_segments", "Buyers by recency, frequency and money spent") { Smallest = PeriodKind.Month },
            new("product_affinity", "Products bought together in a session: support, confidence, lift") { IsOfSessions = true, Smallest = PeriodKind.Day },
            new("top_paths", "The first five steps of sessions, for a Sankey diagram") { IsOfSessions = true, Smallest = PeriodKind.Day },
        ];
        ByName = All.ToDictionary(report => report.Name, StringComparer.Ordinal);
    }

    /// <summary>In the order in which they are shown.</summary>
    public static IReadOnlyList<LakeReport> All { get; }

    /// <summary>The reports of a snapshot of such a period, in the order in which they are shown.</summary>
    public static IReadOnlyList<LakeReport> Of(PeriodKind kind) => [.. All.Where(report => report.Smallest <= kind)];

    /// <summary>The report of that name, or null if there is none.</summary>
    public static LakeReport? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>
    /// Computes what reports share, so that all reports of one database cost little more than the dearest; for one report it costs more than it saves. The answers are
    /// the same. Each part has the time limit of one question.
    /// </summary>
    /// <param name="database">The lake, or one period of it.</param>
    /// <param name="progress">Told the name of each part before it is computed; null if nobody looks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SqlException">It took too long, needed too much memory, or a file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public static void Share(LakeDatabase database, IProgress<string>? progress = null, CancellationToken cancellationToken = default) =>
        database.ReportTables.AddAll(progress, cancellationToken);

    /// <summary>
    /// Computes a report. It is as of the positions of the manifests; a lake knows no watermark. Unlike live, its table lists every entry of a ranking.
    /// </summary>
    /// <param name="database">The lake.</param>
    /// <param name="name">The report's name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentException">There is no report of that name.</exception>
    /// <exception cref="SqlException">It took too long, needed too much memory, has more than <see cref="LakeQueryOptions.MaxReportRows"/> rows, or a file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public static Report Run(LakeDatabase database, string name, CancellationToken cancellationToken = default)
    {
        var report = Find(name) ?? throw new ArgumentException($"there is no report {name}", nameof(name));
        var began = database.Time.GetTimestamp();
        if (report.IsOfSessions)
        {
            database.ReportTables.AddSessions(database.Options.TimeLimit, cancellationToken);
        }

        database.AddReportViews();
        var result = new SqlRunner(database).Trusted(report.Sql, cancellationToken, database.Options.TimeLimit - database.Time.GetElapsedTime(began));
        var table = new ReportTable(result.Columns.Select(column => new ReportColumn(column.Name, TypeOf(column))).ToArray(), result.Rows);
        var listed = report.IsListed is { } isListed ? LakeRow.Only(table, isListed) : table;
        return new Report(name, database.AsOf, WatermarkMs: 0, LakeJson.Text(writer => report.Shape(writer, table)), listed);
    }

    private static ReportColumnType TypeOf(SqlColumn column) => column.Type switch
    {
        "VARCHAR" => ReportColumnType.Text,
        "BIGINT" => ReportColumnType.Integer,
        "DECIMAL" => ReportColumnType.Decimal,
        _ => throw new InvalidOperationException($"the column {column.Name} is a {column.Type}; a report's are text, whole numbers and decimals"),
    };
}
