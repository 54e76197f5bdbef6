using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Tests.Simulation;

/// <summary>One life of a silo.</summary>
internal sealed class Silo(World world, string name)
{
    private static readonly Silos Two = new(2);

    public LocalEntities Local { get; } = new([], world.Bug.HidesTwins ? null : Two);

    public List<Actor> Actors { get; } = [];

    public bool Dead { get; private set; }

    /// <summary>A new actor of this silo.</summary>
    public Actor NewActor(string what)
    {
        var actor = new Actor(world, $"{what} on {name}") { Dead = Dead };
        Actors.Add(actor);
        return actor;
    }

    public void Die()
    {
        Dead = true;
        Actors.ForEach(actor => actor.Dead = true);
    }

    public override string ToString() => name;
}

/// <summary>Two silos, the directory of entities, and the owners of partitions. Nothing here is careful: that is what the protocol is for.</summary>
internal sealed class Cluster
{
    private readonly World _world;
    private readonly Silo[] _silos = new Silo[2];
    private readonly Activation?[] _directory;
    private readonly List<Activation> _activations = [];
    private int _lives;

    public Cluster(World world)
    {
        _world = world;
        _directory = new Activation?[world.Truth.Entities.Count];
        for (var i = 0; i < _silos.Length; i++)
        {
            _silos[i] = NewSilo();
        }
    }

    /// <summary>All pumps that ever ran; several may run for one partition.</summary>
    public List<Owner> Owners { get; } = [];

    /// <summary>The activation that calls to an entity go to now; a new one if there is none. A dead one stays known until its silo's end is noticed.</summary>
    public Activation Reach(int entity)
    {
        var known = _directory[entity];
        if (known is null or { State: ActivationState.Gone })
        {
            _directory[entity] = known = new Activation(_world, AnySilo(), entity);
            _activations.Add(known);
        }

        return known;
    }

    /// <summary>Somebody asks an activation, whether the directory knows it or not: what was committed before is in the answer.</summary>
    public void Ask()
    {
        _activations.RemoveAll(activation => activation.State == ActivationState.Gone || activation.Silo.Dead);
        if (_activations.Count > 0)
        {
            var asked = _activations[_world.Chance.Below(_activations.Count)];
            var committed = _world.Truth.Committed(asked.Entity);
            asked.Call(async void () => await AskAsync(asked, committed), _ => { });
        }
    }

    /// <summary>The activation is gone and no longer in the directory, unless another one is.</summary>
    public void Forget(Activation activation)
    {
        if (_directory[activation.Entity] == activation)
        {
            _directory[activation.Entity] = null;
        }
    }

    /// <summary>What reminders do: a partition without an owner gets one. False if all have one.</summary>
    public bool Watch()
    {
        for (var partition = 0; partition < _world.Truth.Partitions; partition++)
        {
            if (!Owners.Exists(owner => owner.Partition == partition && owner.Runs))
            {
                Start(partition);
                return true;
            }
        }

        return false;
    }

    /// <summary>Every partition has an owner that has committed all there is.</summary>
    public bool IsQuiet()
    {
        for (var partition = 0; partition < _world.Truth.Partitions; partition++)
        {
            if (!Owners.Exists(owner => owner.Partition == partition && owner.IsQuiet))
            {
                return false;
            }
        }

        return true;
    }

    public void Strike(Fault fault)
    {
        switch (fault)
        {
            case Fault.SiloDies:
                Kill(_world.Chance.Below(_silos.Length));
                break;
            case Fault.EntityGoes:
                _directory[_world.Chance.Below(_directory.Length)]?.Deactivate();
                break;
            case Fault.EntityForgotten:
                _directory[_world.Chance.Below(_directory.Length)] = null;
                break;
            case Fault.PartitionStops when AnyOwner() is { } owner:
                owner.Stop();
                break;
            case Fault.PartitionDoubled:
                Start(_world.Chance.Below(_world.Truth.Partitions));
                break;
            case Fault.RewindAsked when AnyOwner() is { } owner:
                owner.Rewind();
                break;
            case Fault.EntityStorageDown:
                _world.Entities.Down = true;
                _world.Time.CreateTimer(_ => _world.Entities.Down = false, null, TimeSpan.FromSeconds(1 + _world.Chance.Below(20)), Timeout.InfiniteTimeSpan);
                break;
            case Fault.CheckpointStoreDown:
                _world.Checkpoints.Down = true;
                _world.Time.CreateTimer(_ => _world.Checkpoints.Down = false, null, TimeSpan.FromSeconds(1 + _world.Chance.Below(20)), Timeout.InfiniteTimeSpan);
                break;
            case Fault.CheckpointAsked when AnyOwner() is { } owner:
                owner.AskForCheckpoint();
                break;
            case Fault.TimeRuns:
                // Ahead of everything else: whatever takes too long, takes too long.
                _world.Time.Advance();
                break;
        }
    }

    public string Describe() => string.Join("; ", Owners.Where(owner => owner.Runs).Select(owner => owner.Describe()));

    private void Kill(int index)
    {
        var dead = _silos[index];
        dead.Die();
        _silos[index] = NewSilo();
        for (var i = 0; i < _directory.Length; i++)
        {
            if (_directory[i]?.Silo == dead)
            {
                var lost = _directory[i]!;
                _world.Later("directory drops", lost, () => Forget(lost));
            }
        }

        foreach (var owner in Owners.Where(owner => owner.Runs && owner.Silo != dead))
        {
            _world.Later("death is told", owner, owner.Rewind);
        }
    }

    private async Task AskAsync(Activation asked, IReadOnlyList<int> committed)
    {
        try
        {
            var events = await asked.Grain.EventsAsync();
            if (committed.Except(events).ToList() is { Count: > 0 } missing)
            {
                _world.Fail($"{asked} answers with events [{string.Join(' ', events)}], but [{string.Join(' ', missing)}] were committed before it was asked");
            }
        }
        catch (IOException)
        {
            // No answer, as its storage cannot be read.
        }
    }

    private void Start(int partition) => Owners.Add(new Owner(_world, AnySilo(), partition));

    private Owner? AnyOwner()
    {
        var running = Owners.Where(owner => owner.Runs).ToList();
        return running.Count == 0 ? null : running[_world.Chance.Below(running.Count)];
    }

    private Silo AnySilo() => _silos[_world.Chance.Below(_silos.Length)];

    private Silo NewSilo() => new(_world, "silo " + ++_lives);
}
