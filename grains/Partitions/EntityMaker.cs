using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace OrleansAnalytics.Partitions;

/// <summary>Makes the entities of one kind around empty folds.</summary>
/// <typeparam name="TFold">What this kind of entity makes of its events.</typeparam>
/// <param name="kind">The kind.</param>
/// <param name="emptyFold">Makes an empty fold.</param>
/// <param name="storage">Where the entities are stored.</param>
/// <param name="logger">Where they tell of trouble.</param>
public sealed class EntityMaker<TFold>(EntityKind kind, Func<TFold> emptyFold, IGrainStorage storage, ILogger logger) : IEntityMaker
    where TFold : EntityFold
{
    private readonly GrainType _type = GrainType.Create(EntityKey.TypeOf(kind));

    /// <inheritdoc/>
    public EntityKind Kind => kind;

    /// <inheritdoc/>
    public LocalEntity Make(EntityKey key, Action<EntityKey, LocalEntity> onFenced) => MakeLive(key, onFenced);

    internal LiveEntity<TFold> MakeLive(EntityKey key, Action<EntityKey, LocalEntity> onFenced) =>
        new(key, GrainId.Create(_type, IdSpan.Create(key.Key)), emptyFold(), storage, logger, onFenced);
}
