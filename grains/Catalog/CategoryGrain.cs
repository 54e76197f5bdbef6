using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Placement;

namespace OrleansAnalytics.Catalog;

/// <summary>One category.</summary>
[GrainType(GrainTypes.Category)]
[PlacedAtHome]
public sealed class CategoryGrain(
    IOptions<CatalogOptions> options,
    [FromKeyedServices(GrainTypes.EntityStorage)] IGrainStorage storage,
    LocalEntities local,
    ILogger<CategoryGrain> logger)
    : EntityGrain<CategoryFold>(new CategoryFold(options.Value), storage, local, logger), ICategoryGrain
{
    /// <inheritdoc/>
    public ValueTask<CategoryView?> GetAsync() =>
        AskAsync(fold => fold.ToView(this.GetPrimaryKeyString()));
}
