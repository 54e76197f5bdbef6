using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Lake;

/// <summary>The names of the reports that only the lake answers; those that it shares with the live system are in <see cref="ReportNames"/>.</summary>
public static class LakeReportNames
{
    /// <summary>Events, sum and average of prices by hour of day and kind.</summary>
    public const string HourProfile = "hour_profile";

    /// <summary>Events by kind by the second part of the category code.</summary>
    public const string SubCategories = "sub_categories";

    /// <summary>Brands with many views that sell worse than all brands together, beyond chance.</summary>
    public const string BrandsNeedingMarketing = "brands_needing_marketing";

    /// <summary>Sessions that came to a view, a cart, a purchase.</summary>
    public const string Funnel = "funnel";

    /// <summary>Purchases by date and customer.</summary>
    public const string DailyCustomerSpend = "daily_customer_spend";

    /// <summary>Visits of pages.</summary>
    public const string Pages = "pages";
}
