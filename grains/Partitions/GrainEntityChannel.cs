using OrleansAnalytics.Catalog;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Pages;

namespace OrleansAnalytics.Partitions;

/// <summary>Reaches entities by grain calls.</summary>
/// <param name="grains">Makes the references.</param>
public sealed class GrainEntityChannel(IGrainFactory grains) : IEntityChannel
{
    private readonly GrainInterfaceType[] _interfaces = new GrainInterfaceType[(int)EntityKind.Page + 1];

    /// <inheritdoc/>
    public ValueTask<SliceAnswer> ApplyAsync(EntityLane lane, Slice slice) => GrainOf(lane).ApplyAsync(slice);

    /// <inheritdoc/>
    public ValueTask<FlushAnswer> FlushAsync(EntityLane lane, int partition, long expected) => GrainOf(lane).FlushAsync(partition, expected);

    private IEntityGrain GrainOf(EntityLane lane) => lane.Grain ??= GrainOf(lane.Key);

    private IEntityGrain GrainOf(EntityKey entity)
    {
        // The usual GetGrain looks up the interface's name by reflection, for every new entity again.
        var id = GrainId.Create(entity.GrainType, entity.Key);
        ref var type = ref _interfaces[(int)entity.Kind];
        type = type.IsDefault ? ((GrainReference)grains.GetGrain(InterfaceOf(entity.Kind), entity.Key)).InterfaceType : type;
        return (IEntityGrain)grains.GetGrain(id, type);
    }

    private static Type InterfaceOf(EntityKind kind) => kind switch
    {
        EntityKind.User => typeof(IUserGrain),
        EntityKind.Product => typeof(IProductGrain),
        EntityKind.Category => typeof(ICategoryGrain),
        EntityKind.Brand => typeof(IBrandGrain),
        EntityKind.Page => typeof(IPageGrain),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not an entity kind"),
    };
}
