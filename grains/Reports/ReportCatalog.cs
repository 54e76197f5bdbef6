using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Reports;

/// <summary>All reports, by name and in the order in which they are shown.</summary>
public sealed class ReportCatalog
{
    private readonly Dictionary<string, IReportDefinition> _byName;

    /// <summary>The reports with the limits of <paramref name="options"/>.</summary>
    public ReportCatalog(IOptions<ReportOptions> options)
    {
        var ranked = options.Value.RankedInTables;
        All =
        [
            new IngestReport(), new TotalsReport(), new UniqueVisitorsReport(), new DailyEventsReport(), new HourProfileReport(), TopCategoriesReport.ByHour(ranked),
            TopCategoriesReport.ByWeekday(ranked), new SubCategoriesReport(ranked), new WeekdayConversionReport(), new MoversReport(ranked), new BrandsReport(ranked),
            new BrandsNeedingMarketingReport(), new CartAbandonmentReport(), CartAbandonmentByTimeReport.ByWeekday, CartAbandonmentByTimeReport.ByDay,
            CartAbandonmentByNameReport.ByCategory(ranked), CartAbandonmentByNameReport.ByProduct(ranked), new FunnelReport(), new FunnelByDayReport(),
            new FunnelByCategoryReport(ranked), new DailyCustomerSpendReport(), new PagesReport(ranked), new OverTheRateReport(),
        ];
        _byName = All.ToDictionary(definition => definition.Name, StringComparer.Ordinal);
    }

    /// <summary>In the order of <see cref="ReportNames.All"/>.</summary>
    public IReadOnlyList<IReportDefinition> All { get; }

    /// <summary>The report of that name, or null if there is none.</summary>
    public IReportDefinition? Find(string name) => _byName.GetValueOrDefault(name);
}
