namespace OrleansAnalytics.Reports;

/// <summary>One report; the key is its name (<see cref="ReportNames"/>). Answers live and, by reminder, writes snapshots to the report sink.</summary>
[Alias("IReportGrain")]
public interface IReportGrain : IGrainWithStringKey
{
    /// <summary>Makes sure that the snapshot reminder is registered; harmless when it is.</summary>
    [Alias("Start")]
    Task StartAsync();

    /// <summary>The report as of now, or null if the key is no report.</summary>
    [Alias("Get")]
    Task<Report?> GetAsync();

    /// <summary>Writes a snapshot now; answers where it went.</summary>
    [Alias("WriteSnapshot")]
    Task<IReadOnlyList<string>> WriteSnapshotAsync();
}

/// <summary>A computed report.</summary>
/// <param name="Name">Its name.</param>
/// <param name="AsOf">The applied position by partition.</param>
/// <param name="WatermarkMs">The lowest watermark, in milliseconds since 1970-01-01 UTC; 0 before the first event.</param>
/// <param name="Json">The answer as JSON, in the shape named in the API document.</param>
/// <param name="Table">The same as rows, for terminals, CSV and Parquet.</param>
[GenerateSerializer, Immutable, Alias("report")]
public sealed record Report(
    [property: Id(0)] string Name,
    [property: Id(1)] IReadOnlyDictionary<int, long> AsOf,
    [property: Id(2)] long WatermarkMs,
    [property: Id(3)] string Json,
    [property: Id(4)] ReportTable Table);

/// <summary>A report as rows. Cells are <see cref="string"/>, <see cref="long"/>, <see cref="decimal"/> or null, as the column says.</summary>
[GenerateSerializer, Immutable, Alias("report-table")]
public sealed record ReportTable([property: Id(0)] IReadOnlyList<ReportColumn> Columns, [property: Id(1)] IReadOnlyList<object?[]> Rows);

/// <summary>A column of a <see cref="ReportTable"/>.</summary>
[GenerateSerializer, Immutable, Alias("report-column")]
public sealed record ReportColumn([property: Id(0)] string Name, [property: Id(1)] ReportColumnType Type);

/// <summary>What the cells of a column hold.</summary>
public enum ReportColumnType : byte
{
    /// <summary>Text.</summary>
    Text = 0,

    /// <summary>A whole number.</summary>
    Integer = 1,

    /// <summary>An exact decimal with at most six decimals.</summary>
    Decimal = 2,
}

/// <summary>The names of the reports.</summary>
public static class ReportNames
{
    /// <summary>Received, accepted, duplicates, rejected by reason.</summary>
    public const string Ingest = "ingest";

    /// <summary>Users, products, categories, brands, sessions, kinds, revenue.</summary>
    public const string Totals = "totals";

    /// <summary>Distinct users by UTC date.</summary>
    public const string UniqueVisitorsPerDay = "unique_visitors_per_day";

    /// <summary>Events by date and kind.</summary>
    public const string DailyEvents = "daily_events";

    /// <summary>Events, sum of price and average price by hour of day and kind.</summary>
    public const string HourProfile = "hour_profile";

    /// <summary>The ten categories with the most events for each hour of day.</summary>
    public const string TopCategoriesByHour = "top_categories_by_hour";

    /// <summary>The ten categories with the most events for each weekday.</summary>
    public const string TopCategoriesByWeekday = "top_categories_by_weekday";

    /// <summary>The twenty sub-categories with the most views.</summary>
    public const string SubCategories = "sub_categories";

    /// <summary>Views, carts and purchases by weekday.</summary>
    public const string WeekdayConversion = "weekday_conversion";

    /// <summary>Categories whose events rose or fell the most since the day, and since the seven days, before.</summary>
    public const string Movers = "movers";

    /// <summary>The twenty brands with the most views.</summary>
    public const string Brands = "brands";

    /// <summary>Much viewed brands that convert less than all brands together.</summary>
    public const string BrandsNeedingMarketing = "brands_needing_marketing";

    /// <summary>Carts purchased, removed and abandoned, by hour of day.</summary>
    public const string CartAbandonment = "cart_abandonment";

    /// <summary>The same by weekday.</summary>
    public const string CartAbandonmentByWeekday = "cart_abandonment_by_weekday";

    /// <summary>The same by UTC date.</summary>
    public const string CartAbandonmentByDay = "cart_abandonment_by_day";

    /// <summary>The same for the twenty categories with the most carts.</summary>
    public const string CartAbandonmentByCategory = "cart_abandonment_by_category";

    /// <summary>The same for the twenty products with the most carts.</summary>
    public const string CartAbandonmentByProduct = "cart_abandonment_by_product";

    /// <summary>Sessions that reached view, cart and purchase in that order.</summary>
    public const string Funnel = "funnel";

    /// <summary>The same by UTC date of the session's start.</summary>
    public const string FunnelByDay = "funnel_by_day";

    /// <summary>The same for the twenty categories with the most sessions.</summary>
    public const string FunnelByCategory = "funnel_by_category";

    /// <summary>What each customer spent on each day.</summary>
    public const string DailyCustomerSpend = "daily_customer_spend";

    /// <summary>Page visits, their users and times.</summary>
    public const string Pages = "pages";

    /// <summary>(user, 10-second window) pairs with more than 10 events.</summary>
    public const string OverTheRate = "over_10_per_10s";

    /// <summary>All of them, in the order they are shown.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Ingest, Totals, UniqueVisitorsPerDay, DailyEvents, HourProfile, TopCategoriesByHour, TopCategoriesByWeekday, SubCategories, WeekdayConversion, Movers, Brands,
        BrandsNeedingMarketing, CartAbandonment, CartAbandonmentByWeekday, CartAbandonmentByDay, CartAbandonmentByCategory, CartAbandonmentByProduct, Funnel, FunnelByDay,
        FunnelByCategory, DailyCustomerSpend, Pages, OverTheRate,
    ];
}
