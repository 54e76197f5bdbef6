using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Storage;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Placement;

namespace OrleansAnalytics.Pages;

/// <summary>One page of the shop.</summary>
[GrainType(GrainTypes.Page)]
[PlacedAtHome]
public sealed class PageGrain(
    [FromKeyedServices(GrainTypes.EntityStorage)] IGrainStorage storage,
    LocalEntities local,
    ILogger<PageGrain> logger)
    : EntityGrain<PageFold>(new PageFold(), storage, local, logger), IPageGrain
{
    /// <inheritdoc/>
    public ValueTask<PageView?> GetAsync() =>
        AskAsync(fold => fold.ToView(this.GetPrimaryKeyString()));
}
