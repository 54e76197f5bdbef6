using Orleans.Concurrency;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Pages;

/// <summary>One page of the shop; the key is its URL.</summary>
[Alias("IPageGrain")]
public interface IPageGrain : IEntityGrain
{
    /// <summary>The visits to the page, or null if there were none.</summary>
    [AlwaysInterleave, Alias("Get")]
    ValueTask<PageView?> GetAsync();
}

/// <summary>Visits to one page.</summary>
/// <param name="Url">The page.</param>
/// <param name="Visits">Number of visits.</param>
/// <param name="TotalSeconds">Sum of their durations.</param>
/// <param name="AverageSeconds">Sum of durations / visits, rounded to four decimals.</param>
/// <param name="FirstSeen">First visit.</param>
/// <param name="LastSeen">Last visit.</param>
[GenerateSerializer, Immutable, Alias("page-view")]
public sealed record PageView(
    [property: Id(0)] string Url,
    [property: Id(1)] long Visits,
    [property: Id(2)] decimal TotalSeconds,
    [property: Id(3)] decimal AverageSeconds,
    [property: Id(4)] DateTimeOffset FirstSeen,
    [property: Id(5)] DateTimeOffset LastSeen);
