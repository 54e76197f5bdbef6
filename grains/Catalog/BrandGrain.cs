using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Placement;

namespace OrleansAnalytics.Catalog;

/// <summary>One brand.</summary>
[GrainType(GrainTypes.Brand)]
[PlacedAtHome]
public sealed class BrandGrain(EntityMaker<BrandFold> maker, LocalEntities local) : EntityGrain<BrandFold>(maker, local), IBrandGrain
{
    /// <inheritdoc/>
    public ValueTask<BrandView?> GetAsync() =>
        AskAsync(fold => fold.ToView(this.GetPrimaryKeyString()));
}
