using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Placement;

namespace OrleansAnalytics.Catalog;

/// <summary>One category.</summary>
[GrainType(GrainTypes.Category)]
[PlacedAtHome]
public sealed class CategoryGrain(EntityMaker<CategoryFold> maker, LocalEntities local) : EntityGrain<CategoryFold>(maker, local), ICategoryGrain
{
    /// <inheritdoc/>
    public ValueTask<CategoryView?> GetAsync() =>
        AskAsync(fold => fold.ToView(this.GetPrimaryKeyString()));
}
