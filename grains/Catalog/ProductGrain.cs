using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Placement;

namespace OrleansAnalytics.Catalog;

/// <summary>One product.</summary>
[GrainType(GrainTypes.Product)]
[PlacedAtHome]
public sealed class ProductGrain(EntityMaker<ProductFold> maker, LocalEntities local) : EntityGrain<ProductFold>(maker, local), IProductGrain
{
    /// <inheritdoc/>
    public ValueTask<ProductView?> GetAsync() =>
        AskAsync(fold => fold.ToView(this.GetPrimaryKeyString()));
}
