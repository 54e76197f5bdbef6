using System.Collections.Concurrent;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// An activation on this silo that partitions update directly, on their own threads. It answers for its own exclusion: never are two of its updates, or
/// an update and a question, under way at the same time.
/// </summary>
public interface ILocalEntity
{
    /// <summary>False as soon as the activation begins to go: from then on it takes nothing any more.</summary>
    bool IsHere { get; }

    /// <summary>See <see cref="IEntityGrain.ApplyAsync"/>; false, and nothing done, if the activation is going.</summary>
    bool TryApply(Slice slice, out SliceAnswer answer);

    /// <summary>See <see cref="IEntityGrain.FlushAsync"/>; false, and nothing done, if the activation is going. The bytes to save are taken within the call.</summary>
    bool TryFlush(int partition, long expected, out ValueTask<FlushAnswer> answer);
}

/// <summary>The entities that are active on this silo. One per silo.</summary>
/// <param name="membership">Tells of other silos; null if there can be none.</param>
public sealed class LocalEntities(IClusterMembershipService? membership = null)
{
    private readonly ConcurrentDictionary<EntityKey, ILocalEntity> _entities = new();

    /// <summary>Entities active here.</summary>
    public int Count => _entities.Count;

    /// <summary>
    /// True if other silos are or have been there, a dead one that does not know of it included. Around a change of membership an entity may then have a second
    /// activation, a twin, that no call from here reaches.
    /// </summary>
    public bool MayHaveTwins => membership?.CurrentSnapshot.Members.Count > 1;

    /// <summary>The activation of an entity, or null if it has none here.</summary>
    public ILocalEntity? Find(EntityKey key) => _entities.GetValueOrDefault(key);

    /// <summary>Makes an activation known. Of two activations of one entity the later is known; storage fences the other.</summary>
    public void Add(EntityKey key, ILocalEntity entity) => _entities[key] = entity;

    /// <summary>Forgets an activation, unless another one has taken its place.</summary>
    public void Remove(EntityKey key, ILocalEntity entity) => _entities.TryRemove(KeyValuePair.Create(key, entity));
}
