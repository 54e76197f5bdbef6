using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// The entities whose state is on this silo, with an activation of their grain or without one. One per silo. An activation is what answers questions; updates make
/// none. Two silos that do not agree who is there may hold the same entity for a while: its ETag lets one of them save, and the other one fences itself.
/// </summary>
/// <param name="makers">Make entities without an activation; none in tests that have only activations.</param>
/// <param name="membership">Tells of other silos; null if there can be none.</param>
public sealed class LocalEntities(IEnumerable<IEntityMaker> makers, IClusterMembershipService? membership = null)
{
    private const int ClosedTogether = 4096;

    private readonly ConcurrentDictionary<EntityKey, LocalEntity> _entities = new();
    private readonly IEntityMaker?[] _makers = ByKind(makers);

    // One for all entities, as each keeps it.
    private Action<EntityKey, LocalEntity>? _remove;
    private Func<EntityKey, LocalEntity>? _make;

    private Action<EntityKey, LocalEntity> OnFenced => _remove ??= Remove;

    /// <summary>Entities on this silo.</summary>
    public int Count => _entities.Count;

    /// <summary>
    /// True if other silos are or have been there, a dead one that does not know of it included. Around a change of membership an entity may then have a twin, held by
    /// another silo, that no call from here reaches.
    /// </summary>
    public bool MayHaveTwins => membership?.CurrentSnapshot.Members.Count > 1;

    /// <summary>True if the state of an entity of this kind may be held here without an activation.</summary>
    public bool Holds(EntityKind kind) => _makers[(int)kind] is not null;

    /// <summary>The entity, or null if its state is not here.</summary>
    public LocalEntity? Find(EntityKey key) => _entities.GetValueOrDefault(key);

    /// <summary>The entity, read from storage if its state is not here. Only for kinds that are held without an activation (<see cref="Holds"/>).</summary>
    /// <exception cref="Exception">The storage cannot be read.</exception>
    public ValueTask<LocalEntity> HoldAsync(EntityKey key) =>
        _entities.TryGetValue(key, out var known) && known.IsHere ? new(known) : ReadAsync(key);

    /// <summary>
    /// Asks an entity whose state is here, without a call of its grain. False, and nothing asked, where the grain has to be called: there may be a twin, the state is not here, cannot
    /// be read or has no events.
    /// </summary>
    /// <typeparam name="TFold">What this kind of entity makes of its events.</typeparam>
    /// <typeparam name="TAnswer">The answer.</typeparam>
    /// <param name="key">The entity.</param>
    /// <param name="question">Asked under the entity's lock; the answer must not share anything that later events change.</param>
    /// <param name="answer">The answer.</param>
    public bool TryAsk<TFold, TAnswer>(EntityKey key, Func<TFold, TAnswer> question, [MaybeNullWhen(false)] out TAnswer answer)
        where TFold : EntityFold
    {
        answer = default;
        return !MayHaveTwins && _entities.GetValueOrDefault(key) is LiveEntity<TFold> entity && entity.TryAsk(question, out answer);
    }

    /// <summary>Makes an activation's entity known. Of two of one key the later is known; storage fences the other.</summary>
    public void Add(EntityKey key, LocalEntity entity) => _entities[key] = entity;

    /// <summary>Forgets an entity, unless another one has taken its place.</summary>
    public void Remove(EntityKey key, LocalEntity entity) => _entities.TryRemove(KeyValuePair.Create(key, entity));

    /// <summary>The activation of an entity goes. Its state stays where it is, unless it has never had an event: a question about somebody unknown leaves nothing behind.</summary>
    public void Release(EntityKey key, LocalEntity entity)
    {
        entity.Detach(OnFenced);
        if (entity.TryRetire(int.MaxValue))
        {
            Remove(key, entity);
        }
    }

    /// <summary>Lets entities go that nothing holds here: see <see cref="LocalEntity.TryRetire"/>.</summary>
    /// <returns>How many went.</returns>
    public int Sweep(int idleLooks)
    {
        // What an entity here has not saved when its home has moved, its partitions have sent there again.
        var alsoUnsaved = MayHaveTwins;
        var retired = 0;
        foreach (var (key, entity) in _entities)
        {
            if (entity.TryRetire(idleLooks, alsoUnsaved))
            {
                Remove(key, entity);
                retired++;
            }
        }

        return retired;
    }

    /// <summary>Takes nothing any more and saves what is not saved, so that the entities' next homes find it: a silo leaves.</summary>
    public async Task CloseAsync()
    {
        foreach (var some in _entities.Chunk(ClosedTogether))
        {
            await Task.WhenAll(some.Select(one => one.Value.CloseAsync()));
            Array.ForEach(some, one => Remove(one.Key, one.Value));
        }
    }

    private async ValueTask<LocalEntity> ReadAsync(EntityKey key)
    {
        while (true)
        {
            var entity = _entities.GetOrAdd(key, _make ??= Make);
            try
            {
                await entity.ReadAsync();
            }
            catch
            {
                Remove(key, entity);
                throw;
            }

            if (entity.IsHere)
            {
                return entity;
            }

            // It goes, and what it has not saved must be in storage before its successor reads.
            await entity.CloseAsync();
            Remove(key, entity);
        }
    }

    private LocalEntity Make(EntityKey key) => _makers[(int)key.Kind]!.Make(key, OnFenced);

    private static IEntityMaker?[] ByKind(IEnumerable<IEntityMaker> makers)
    {
        var byKind = new IEntityMaker?[(int)EntityKind.Page + 1];
        foreach (var maker in makers)
        {
            byKind[(int)maker.Kind] = maker;
        }

        return byKind;
    }
}
