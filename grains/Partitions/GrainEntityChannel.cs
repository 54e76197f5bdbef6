using OrleansAnalytics.Catalog;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Pages;

namespace OrleansAnalytics.Partitions;

/// <summary>Reaches entities by grain calls.</summary>
/// <param name="grains">Makes the references.</param>
public sealed class GrainEntityChannel(IGrainFactory grains) : IEntityChannel
{
    /// <inheritdoc/>
    public ValueTask<SliceAnswer> ApplyAsync(EntityLane lane, Slice slice) => GrainOf(lane).ApplyAsync(slice);

    /// <inheritdoc/>
    public ValueTask<FlushAnswer> FlushAsync(EntityLane lane, int partition, long expected) => GrainOf(lane).FlushAsync(partition, expected);

    private IEntityGrain GrainOf(EntityLane lane) => lane.Grain ??= GrainOf(lane.Key);

    private IEntityGrain GrainOf(EntityKey entity) => entity.Kind switch
    {
        EntityKind.User => grains.GetGrain<IUserGrain>(entity.Key),
        EntityKind.Product => grains.GetGrain<IProductGrain>(entity.Key),
        EntityKind.Category => grains.GetGrain<ICategoryGrain>(entity.Key),
        EntityKind.Brand => grains.GetGrain<IBrandGrain>(entity.Key),
        EntityKind.Page => grains.GetGrain<IPageGrain>(entity.Key),
        _ => throw new ArgumentOutOfRangeException(nameof(entity), entity, "not an entity kind"),
    };
}
