using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Tests.Simulation.Bugs;

/// <summary>
/// A mistake in the protocol, made around the real code: in how it is spoken to, or in what its surroundings promise. The base class makes none.
/// </summary>
internal class Bug
{
    public static Bug None { get; } = new();

    /// <summary>The log acknowledges an append that it does not store.</summary>
    public bool AcknowledgesTooEarly { get; init; }

    /// <summary>A producer's repeat has ids of its own.</summary>
    public bool GivesNewIds { get; init; }

    /// <summary>Any activation may overwrite an entity's state.</summary>
    public bool IgnoresEntityETags { get; init; }

    /// <summary>Any owner may overwrite a checkpoint.</summary>
    public bool IgnoresCheckpointETags { get; init; }

    /// <summary>A refused checkpoint leaves its parts behind.</summary>
    public bool StoresPartsOfRefusedCheckpoints { get; init; }

    /// <summary>An activation thinks that it is the only one.</summary>
    public bool HidesTwins { get; init; }

    /// <summary>A failed save of an entity is taken for done.</summary>
    public bool SwallowsFailedSaves { get; init; }

    /// <summary>The way of an owner to its entities.</summary>
    public virtual IEntityChannel Channel(IEntityChannel real) => real;

    /// <summary>The way of an owner to its checkpoint.</summary>
    public virtual ICheckpointStore Checkpoints(ICheckpointStore real, Owner owner) => real;

    /// <summary>The bytes that are stored of an entity.</summary>
    public virtual byte[] Encode(int entity, byte[] state) => state;
}

/// <summary>Everything between an owner and its entities passes through here.</summary>
internal class ChannelBug : Bug
{
    public override IEntityChannel Channel(IEntityChannel real) => new Tap(this, real);

    protected virtual Slice Change(Slice slice) => slice;

    protected virtual SliceAnswer Change(SliceAnswer answer) => answer;

    protected virtual ValueTask<FlushAnswer> FlushAsync(IEntityChannel real, EntityLane lane, int partition, long expected) => real.FlushAsync(lane, partition, expected);

    /// <summary>Decides on a delivery that failed.</summary>
    protected virtual bool TakesForDelivered(Exception exception) => false;

    private sealed class Tap(ChannelBug bug, IEntityChannel real) : IEntityChannel
    {
        public async ValueTask<SliceAnswer> ApplyAsync(EntityLane lane, Slice slice) => bug.Change(await real.ApplyAsync(lane, bug.Change(slice)));

        public ValueTask<FlushAnswer> FlushAsync(EntityLane lane, int partition, long expected) => bug.FlushAsync(real, lane, partition, expected);

        public async ValueTask DeliverAsync(IReadOnlyList<EntityDelivery> deliveries, int maxCalls)
        {
            var changed = deliveries.Select(delivery => new EntityDelivery(delivery.Lane, bug.Change(delivery.Slice))).ToList();
            try
            {
                await real.DeliverAsync(changed, maxCalls);
            }
            catch (Exception exception) when (bug.TakesForDelivered(exception))
            {
                changed.ForEach(delivery => delivery.Answer = SliceAnswer.Applied);
            }

            for (var i = 0; i < changed.Count; i++)
            {
                deliveries[i].Answer = bug.Change(changed[i].Answer);
            }
        }
    }
}

/// <summary>Everything between an owner and its checkpoint passes through here.</summary>
internal class CheckpointBug : Bug
{
    public override ICheckpointStore Checkpoints(ICheckpointStore real, Owner owner) => new Tap(this, real, owner);

    protected virtual StoredCheckpoint? Change(StoredCheckpoint? stored) => stored;

    protected virtual CheckpointWrite Change(CheckpointWrite write, Owner owner) => write;

    private sealed class Tap(CheckpointBug bug, ICheckpointStore real, Owner owner) : ICheckpointStore
    {
        public async ValueTask<StoredCheckpoint?> ReadAsync(int partition, CancellationToken cancellationToken = default) =>
            bug.Change(await real.ReadAsync(partition, cancellationToken));

        public ValueTask<string> WriteAsync(int partition, string? etag, CheckpointWrite write, CancellationToken cancellationToken = default) =>
            real.WriteAsync(partition, etag, bug.Change(write, owner), cancellationToken);
    }
}
