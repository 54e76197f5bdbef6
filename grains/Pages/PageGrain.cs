using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Placement;

namespace OrleansAnalytics.Pages;

/// <summary>One page of the shop.</summary>
[GrainType(GrainTypes.Page)]
[PlacedAtHome]
public sealed class PageGrain(EntityMaker<PageFold> maker, LocalEntities local) : EntityGrain<PageFold>(maker, local), IPageGrain
{
    /// <inheritdoc/>
    public ValueTask<PageView?> GetAsync() =>
        AskAsync(fold => fold.ToView(this.GetPrimaryKeyString()));
}
