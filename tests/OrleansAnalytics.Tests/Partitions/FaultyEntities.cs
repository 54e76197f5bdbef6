using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Tests.Partitions;

/// <summary>
/// Entities that keep the real entities' half of the protocol, and an unreliable way to them: activations vanish, calls fail before or after they took
/// effect, saves fail or succeed without saying so. A seed decides.
/// </summary>
internal sealed class FaultyEntities(int seed, double faultRate) : IEntityChannel
{
    private readonly Random _random = new(seed);
    private readonly Dictionary<EntityKey, Entity> _entities = [];

    /// <summary>False ends all faults, so that everything can become quiet.</summary>
    public bool Faulty { get; set; } = true;

    public int Faults { get; private set; }

    /// <summary>Positions that a fold throws at, by entity.</summary>
    public HashSet<(EntityKey Entity, long Position)> Poison { get; } = [];

    /// <summary>What each entity has durably counted, in the order of counting.</summary>
    public IReadOnlyDictionary<EntityKey, IReadOnlyList<long>> Saved =>
        _entities.ToDictionary(one => one.Key, one => (IReadOnlyList<long>)one.Value.SavedEvents);

    public async ValueTask<SliceAnswer> ApplyAsync(EntityLane lane, Slice slice)
    {
        var entity = Of(lane.Key);
        await Task.Yield();
        Strike(entity, "slice lost");
        if (EntityProtocol.IsGap(entity.Applied, slice.After))
        {
            return SliceAnswer.Gap;
        }

        for (var i = EntityProtocol.FirstNew(entity.Applied, slice.Span()); i < slice.Events.Count; i++)
        {
            var position = slice.Events[i].Position;
            if (Poison.Contains((lane.Key, position)))
            {
                entity.Forget();
                return new SliceAnswer(SliceOutcome.Poison, position, "cannot fold");
            }

            entity.Events.Add(position);
        }

        entity.Applied = Math.Max(entity.Applied, slice.Through);
        Strike(null, "answer to a slice lost");
        return SliceAnswer.Applied;
    }

    public async ValueTask<FlushAnswer> FlushAsync(EntityLane lane, int partition, long expected)
    {
        var entity = Of(lane.Key);
        await Task.Yield();
        Strike(entity, "flush lost");
        switch (EntityProtocol.OnFlush(entity.Applied, entity.Saved, expected))
        {
            case FlushDecision.Gap:
                return FlushAnswer.Gap;
            case FlushDecision.Write:
                var (applied, count) = (entity.Applied, entity.Events.Count);
                await Task.Yield();
                Strike(entity, "save failed");
                entity.Save(applied, count);
                Strike(null, "answer to a save lost");
                break;
        }

        return new FlushAnswer(IsGap: false, entity.Saved);
    }

    private Entity Of(EntityKey key)
    {
        if (!_entities.TryGetValue(key, out var entity))
        {
            _entities.Add(key, entity = new Entity());
        }

        return entity;
    }

    private void Strike(Entity? loses, string what)
    {
        if (!Faulty || _random.NextDouble() >= faultRate)
        {
            return;
        }

        Faults++;
        // Half of the losses are silent: the activation is gone and only the next call shows it.
        loses?.Forget();
        if (loses is null || _random.Next(2) == 0)
        {
            throw new TimeoutException(what);
        }
    }

    private sealed class Entity
    {
        public List<long> Events { get; private set; } = [];

        public List<long> SavedEvents { get; private set; } = [];

        public long Applied { get; set; }

        public long Saved { get; private set; }

        public void Save(long applied, int count)
        {
            // The activation may have been replaced while the write was under way; then its ETag no longer matches.
            if (Events.Count >= count && Applied >= applied)
            {
                SavedEvents = Events.GetRange(0, count);
                Saved = applied;
            }
        }

        public void Forget()
        {
            Events = [.. SavedEvents];
            Applied = Saved;
        }
    }
}
