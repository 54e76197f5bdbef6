using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Placement;

namespace OrleansAnalytics.Catalog;

/// <summary>One brand.</summary>
[GrainType(GrainTypes.Brand)]
[PlacedAtHome]
public sealed class BrandGrain(
    IOptions<CatalogOptions> options,
    [FromKeyedServices(GrainTypes.EntityStorage)] IGrainStorage storage,
    LocalEntities local,
    ILogger<BrandGrain> logger)
    : EntityGrain<BrandFold>(new BrandFold(options.Value), storage, local, logger), IBrandGrain
{
    /// <inheritdoc/>
    public ValueTask<BrandView?> GetAsync() =>
        AskAsync(fold => fold.ToView(this.GetPrimaryKeyString()));
}
