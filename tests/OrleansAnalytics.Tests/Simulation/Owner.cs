using Microsoft.Extensions.Logging.Abstractions;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;

namespace OrleansAnalytics.Tests.Simulation;

/// <summary>One activation of a partition: a real pump, on a silo of the simulation.</summary>
internal sealed class Owner
{
    private static readonly PartitionOptions Options = new()
    {
        ChunkBytes = 300,
        MaxSlicesInFlight = 3,
        MaxFlushesInFlight = 2,
        CheckpointEvents = 4,
        CheckpointEvery = TimeSpan.FromSeconds(1),
        MaxReplayEvents = 9,
        MaxDirtyEntities = 5,
        CachedTexts = 16,
    };

    private static readonly OperatorOptions OperatorOptions = new();

    private readonly World _world;
    private readonly Actor _actor;
    private readonly Action _stop;
    private (long Applied, long Committed, long Rewinds) _seen;
    private int _askers;

    public Owner(World world, Silo silo, int partition)
    {
        (_world, Silo, Partition) = (world, silo, partition);
        _actor = silo.NewActor($"partition {partition} (owner {world.Cluster.Owners.Count + 1})");
        var channel = new DirectChannel(silo.Local, new SimulatedCalls(world));
        var stop = new CancellationTokenSource();
        _stop = stop.Cancel;
        Pump = new PartitionPump(partition, new PartitionParts(
            world.Log,
            world.Bug.Checkpoints(new SimulatedCheckpointStore(world, silo), this),
            world.Letters,
            world.Bug.Channel(channel),
            world.Time,
            Options,
            OperatorOptions,
            NullLogger.Instance));
        _actor.Post(async void () =>
        {
            try
            {
                await Pump.RunAsync(stop.Token);
            }
            catch (Exception exception)
            {
                world.Fail($"{this} has failed: {exception}");
            }

            Stopped = true;
        });
    }

    public Silo Silo { get; }

    public int Partition { get; }

    public PartitionPump Pump { get; }

    /// <summary>True once the pump has ended by itself or when told to.</summary>
    public bool Stopped { get; private set; }

    public bool Runs => !Stopped && !Silo.Dead;

    public bool IsQuiet => Runs && _askers == 0 && Pump is { Phase: PartitionPhase.Running, DirtyEntities: 0 } && Pump.Applied == Pump.Committed && Pump.Applied == End;

    private long End => _world.Log.End(Partition);

    public void Stop() => _actor.Post(_stop);

    /// <summary>What the partition's grain does when another silo has died.</summary>
    public void Rewind() => _actor.Post(() =>
    {
        if (Pump.Applied > Pump.Committed)
        {
            Pump.RequestRewind("a silo died");
        }
    });

    /// <summary>Somebody waits until what is applied now is saved.</summary>
    public void AskForCheckpoint() => _actor.Post(async void () =>
    {
        var applied = Pump.Applied;
        _askers++;
        try
        {
            var saved = await Pump.CheckpointAsync();
            if (saved < applied || saved > _world.Checkpoints.PositionOf(Partition))
            {
                _world.Fail($"{this} says that {saved} is saved when asked for {applied}, and the checkpoint is at {_world.Checkpoints.PositionOf(Partition)}");
            }
        }
        catch (Exception exception) when (exception is InvalidOperationException or PartitionUnavailableException)
        {
            // The pump has stopped, and the next owner will do it; or it cannot read its checkpoint yet, and says so at once.
        }

        _askers--;
    });

    /// <summary>True if the pump stands somewhere, and its positions are not what they were when last asked.</summary>
    /// <param name="after">Up to where the applied position was looked at before.</param>
    /// <param name="applied">Its applied position.</param>
    /// <param name="committed">Its committed position.</param>
    public bool Moved(out long after, out long applied, out long committed)
    {
        (applied, committed) = (Pump.Applied, Pump.Committed);
        after = Math.Min(_seen.Applied, applied);
        var now = (applied, committed, Pump.Rewinds);
        if (now == _seen || Pump.Phase is PartitionPhase.Starting or PartitionPhase.Recovering)
        {
            return false;
        }

        _seen = now;
        return true;
    }

    public string Describe() =>
        $"{this} is {Pump.Phase} with {Pump.Applied} applied and {Pump.Committed} committed of {End}, {Pump.DirtyEntities} dirty, {Pump.Rewinds} rewinds, last trouble: {Pump.LastTrouble}";

    public override string ToString() => _actor.ToString();
}
