using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Tests.Simulation;

/// <summary>
/// What is known from outside: which events there are and what has to become of them. Its checks are the guarantee, and they hold after every
/// step, not only in the end.
/// </summary>
internal sealed class Truth
{
    private readonly World _world;
    private readonly List<EntityKey> _entities = [];
    private readonly List<(long Position, int Event)>[,] _expected;
    private readonly bool[,] _folded;
    private readonly bool[] _acknowledged;
    private readonly HashSet<int>[] _seen;
    private readonly (int Entity, int Event)? _poison;

    public Truth(World world)
    {
        _world = world;
        var chance = world.Chance;
        Partitions = 1 + chance.Below(2);
        Producers = 1 + chance.Below(3);
        Events = [.. Enumerable.Range(0, 3 + chance.Below(14)).Select(number => NewEvent(number, chance))];
        foreach (var key in Events.SelectMany(EntitiesOf))
        {
            if (!_entities.Contains(key))
            {
                _entities.Add(key);
            }
        }

        _expected = new List<(long, int)>[_entities.Count, Partitions];
        for (var entity = 0; entity < _entities.Count; entity++)
        {
            for (var partition = 0; partition < Partitions; partition++)
            {
                _expected[entity, partition] = [];
            }
        }

        _folded = new bool[_entities.Count, Events.Length];
        _acknowledged = new bool[Events.Length];
        _seen = [.. Enumerable.Range(0, Partitions).Select(_ => new HashSet<int>())];
        if (chance.OneIn(8))
        {
            var poisoned = chance.Below(Events.Length);
            _poison = (IndexOf(EntitiesOf(Events[poisoned]).Last()), poisoned);
        }
    }

    public int Partitions { get; }

    public int Producers { get; }

    public ShopEvent[] Events { get; }

    public IReadOnlyList<EntityKey> Entities => _entities;

    /// <summary>The number of an event, whatever id it was given.</summary>
    public static int NumberOf(ShopEvent shopEvent) => (int)shopEvent.Id.High;

    public int PartitionOf(int number) => Events[number].UserId[1] - '0';

    public int IndexOf(EntityKey key) => _entities.IndexOf(key);

    public bool IsPoison(int entity, int number) => _poison == (entity, number);

    /// <summary>The log has a batch: from here on every entity has to get its events, the first time that they are in the log.</summary>
    public void Appended(int partition, long first, IReadOnlyList<ShopEvent> events)
    {
        for (var i = 0; i < events.Count; i++)
        {
            var number = NumberOf(events[i]);
            if (!_seen[partition].Add(number))
            {
                continue;
            }

            foreach (var key in EntitiesOf(events[i]))
            {
                if (!IsPoison(IndexOf(key), number))
                {
                    _expected[IndexOf(key), partition].Add((first + i, number));
                }
            }
        }
    }

    public void Acknowledged(ShopEvent shopEvent) => _acknowledged[NumberOf(shopEvent)] = true;

    public void Folded(int entity, int number) => _folded[entity, number] = true;

    /// <summary>An entity's state is stored: it holds exactly what its positions say, and nothing that a checkpoint relies on is gone.</summary>
    public void CheckStored(int entity, AppliedPositions applied, IReadOnlyList<int> events)
    {
        for (var partition = 0; partition < Partitions; partition++)
        {
            var due = ExpectedThrough(entity, partition, applied[partition]);
            var found = events.Where(number => PartitionOf(number) == partition).ToList();
            if (!due.SequenceEqual(found))
            {
                _world.Fail($"{_entities[entity]} is stored as of {partition}/{applied[partition]} with events [{string.Join(' ', found)}] instead of [{string.Join(' ', due)}]");
            }
        }

        CheckReplay();
    }

    /// <summary>A checkpoint is stored: nothing before it is replayed, so all of it must be saved, and the operators must stand exactly there.</summary>
    public void CheckCheckpoint(int partition, long before, CheckpointWrite write)
    {
        if (write.Position < before)
        {
            _world.Fail($"the checkpoint of partition {partition} goes back from {before} to {write.Position}");
        }

        if (write.Changed.TryGetValue("counts", out var counts))
        {
            var reader = new FormatReader(counts.Span);
            reader.Byte();
            var processed = reader.Count() + reader.Count();
            if (processed != write.Position)
            {
                _world.Fail($"the checkpoint of partition {partition} at {write.Position} holds operators that stand at {processed}");
            }
        }

        CheckReplay();
    }

    /// <summary>The events of an entity that no replay would bring again.</summary>
    public IReadOnlyList<int> Committed(int entity) =>
        [.. Enumerable.Range(0, Partitions).SelectMany(partition => ExpectedThrough(entity, partition, _world.Checkpoints.PositionOf(partition)))];

    /// <summary>What a pump calls applied is or was in its entities, and what it calls committed is committed.</summary>
    public void CheckStep()
    {
        foreach (var owner in _world.Cluster.Owners)
        {
            if (owner.Stopped || !owner.Moved(out var after, out var applied, out var committed))
            {
                continue;
            }

            if (committed > applied || committed > _world.Checkpoints.PositionOf(owner.Partition))
            {
                _world.Fail($"{owner} takes {committed} for committed, has applied {applied}, and the checkpoint is at {_world.Checkpoints.PositionOf(owner.Partition)}");
            }

            for (var entity = 0; entity < _entities.Count; entity++)
            {
                foreach (var (position, number) in _expected[entity, owner.Partition])
                {
                    if (position > after && position <= applied && !_folded[entity, number])
                    {
                        _world.Fail($"{owner} takes {applied} for applied, but {_entities[entity]} never had event {number} at {position}");
                    }
                }
            }
        }
    }

    /// <summary>All is quiet: every acknowledged event is in every entity once, and the operators have counted it once.</summary>
    public void CheckQuiet()
    {
        for (var number = 0; number < Events.Length; number++)
        {
            if (_acknowledged[number] && !_seen[PartitionOf(number)].Contains(number))
            {
                _world.Fail($"event {number} was acknowledged and is not in the log");
            }
        }

        for (var entity = 0; entity < _entities.Count; entity++)
        {
            CheckStored(entity, _world.Entities.AppliedOf(entity), _world.Entities.EventsOf(entity));
        }

        foreach (var owner in _world.Cluster.Owners.Where(owner => owner.IsQuiet))
        {
            var counts = owner.Pump.Operators.Ingest;
            var end = _world.Log.End(owner.Partition);
            if (counts.Accepted != _seen[owner.Partition].Count || counts.Received != end)
            {
                _world.Fail($"{owner} counts {counts.Accepted} accepted of {counts.Received} received, and there are {_seen[owner.Partition].Count} of {end}");
            }
        }
    }

    private void CheckReplay()
    {
        for (var partition = 0; partition < Partitions; partition++)
        {
            var replayFrom = _world.Checkpoints.PositionOf(partition);
            for (var entity = 0; entity < _entities.Count; entity++)
            {
                var due = 0;
                foreach (var (position, _) in _expected[entity, partition])
                {
                    due += position <= replayFrom ? 1 : 0;
                }

                var saved = 0;
                foreach (var number in _world.Entities.EventsOf(entity))
                {
                    saved += PartitionOf(number) == partition ? 1 : 0;
                }

                if (saved < due)
                {
                    _world.Fail($"replay of partition {partition} would start after {replayFrom}, but {_entities[entity]} has saved {saved} of {due} events up to there");
                }
            }
        }
    }

    private List<int> ExpectedThrough(int entity, int partition, long position) =>
        [.. _expected[entity, partition].Where(one => one.Position <= position).Select(one => one.Event)];

    private ShopEvent NewEvent(int number, Chance chance) => new()
    {
        Id = new EventId((ulong)number, 0),
        TimeMs = 1_570_000_000_000 + (number * 600_000L),
        Kind = EventKind.View,
        UserId = "u" + chance.Below(Partitions) + "-" + chance.Below(2),
        ProductId = "p" + chance.Below(2),
        Brand = chance.OneIn(3) ? "b" : null,
    };

    private static IEnumerable<EntityKey> EntitiesOf(ShopEvent shopEvent)
    {
        yield return new EntityKey(EntityKind.User, shopEvent.UserId);
        yield return new EntityKey(EntityKind.Product, shopEvent.ProductId!);
        if (shopEvent.Brand is { } brand)
        {
            yield return new EntityKey(EntityKind.Brand, brand);
        }
    }
}
