using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Placement;

namespace OrleansAnalytics.Catalog;

/// <summary>One product.</summary>
[GrainType(GrainTypes.Product)]
[PlacedAtHome]
public sealed class ProductGrain(
    IOptions<CatalogOptions> options,
    [FromKeyedServices(GrainTypes.EntityStorage)] IGrainStorage storage,
    LocalEntities local,
    ILogger<ProductGrain> logger)
    : EntityGrain<ProductFold>(new ProductFold(options.Value), storage, local, logger), IProductGrain
{
    /// <inheritdoc/>
    public ValueTask<ProductView?> GetAsync() =>
        AskAsync(fold => fold.ToView(this.GetPrimaryKeyString()));
}
