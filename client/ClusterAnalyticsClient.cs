using OrleansAnalytics.Catalog;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Pages;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Client;

/// <summary>
/// The questions of <see cref="AnalyticsClient"/> for programs inside the cluster: asks the grains without HTTP between. It cannot send
/// events; those go through a server's door, which has the log. Orleans' exceptions come through.
/// </summary>
/// <param name="cluster">A connected cluster client.</param>
public sealed class ClusterAnalyticsClient(IClusterClient cluster)
{
    /// <summary>A user's journey, or null if nothing is known of the user.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="from">Steps from this time on.</param>
    /// <param name="to">Steps before this time.</param>
    public ValueTask<Journey?> GetJourneyAsync(string userId, DateTimeOffset? from = null, DateTimeOffset? to = null) =>
        cluster.GetGrain<IUserGrain>(userId).GetJourneyAsync(from, to);

    /// <summary>What happened to a product, or null if nothing did.</summary>
    public ValueTask<ProductView?> GetProductAsync(string productId) => cluster.GetGrain<IProductGrain>(productId).GetAsync();

    /// <summary>What happened in a category, or null if nothing did.</summary>
    public ValueTask<CategoryView?> GetCategoryAsync(string categoryId) => cluster.GetGrain<ICategoryGrain>(categoryId).GetAsync();

    /// <summary>What happened to a brand, or null if nothing did.</summary>
    public ValueTask<BrandView?> GetBrandAsync(string brand) => cluster.GetGrain<IBrandGrain>(brand).GetAsync();

    /// <summary>The visits to a page, or null if there were none.</summary>
    public ValueTask<PageView?> GetPageAsync(string url) => cluster.GetGrain<IPageGrain>(url).GetAsync();

    /// <summary>A report, or null if there is none of that name.</summary>
    public Task<Report?> GetReportAsync(string name) => cluster.GetGrain<IReportGrain>(name).GetAsync();

    /// <summary>Where a partition stands.</summary>
    public ValueTask<PartitionStatus> GetStatusAsync(int partition) => cluster.GetGrain<IPartitionGrain>(partition).StatusAsync();
}
