using System.Collections.Concurrent;

namespace OrleansAnalytics.Partitions;

/// <summary>An activation on this silo that can be updated by a turn on its own scheduler instead of a message.</summary>
public interface ILocalEntity
{
    /// <summary>False as soon as the activation begins to go: turns that come later must not change it.</summary>
    bool IsHere { get; }

    /// <summary>Runs <paramref name="turn"/> as a turn of the activation: never beside another one of its turns.</summary>
    void Enqueue(Action<object> turn, object state);

    /// <summary>See <see cref="IEntityGrain.ApplyAsync"/>; only within a turn.</summary>
    SliceAnswer Apply(Slice slice);

    /// <summary>See <see cref="IEntityGrain.FlushAsync"/>; only within a turn.</summary>
    ValueTask<FlushAnswer> FlushAsync(int partition, long expected);
}

/// <summary>The entities that are active on this silo. One per silo.</summary>
public sealed class LocalEntities
{
    private readonly ConcurrentDictionary<EntityKey, ILocalEntity> _entities = new();

    /// <summary>Entities active here.</summary>
    public int Count => _entities.Count;

    /// <summary>The activation of an entity, or null if it has none here.</summary>
    public ILocalEntity? Find(EntityKey key) => _entities.GetValueOrDefault(key);

    /// <summary>Makes an activation known. Of two activations of one entity the later is known; storage fences the other.</summary>
    public void Add(EntityKey key, ILocalEntity entity) => _entities[key] = entity;

    /// <summary>Forgets an activation, unless another one has taken its place.</summary>
    public void Remove(EntityKey key, ILocalEntity entity) => _entities.TryRemove(KeyValuePair.Create(key, entity));
}
