namespace OrleansAnalytics.Partitions;

/// <summary>
/// Reaches entities that are active on this silo by a turn on their own scheduler, which keeps one turn at a time but costs a quarter of a message;
/// others by grain calls. A turn that finds its activation going is repeated as a grain call.
/// </summary>
/// <param name="local">The activations on this silo.</param>
/// <param name="calls">The way to all others.</param>
public sealed class LocalTurnChannel(LocalEntities local, IEntityChannel calls) : IEntityChannel
{
    /// <inheritdoc/>
    public ValueTask<SliceAnswer> ApplyAsync(EntityLane lane, Slice slice) =>
        Find(lane) is { } entity ? new ApplyTurn(entity, lane, slice, calls).Start() : calls.ApplyAsync(lane, slice);

    /// <inheritdoc/>
    public ValueTask<FlushAnswer> FlushAsync(EntityLane lane, int partition, long expected) =>
        Find(lane) is { } entity ? new FlushTurn(entity, lane, partition, expected, calls).Start() : calls.FlushAsync(lane, partition, expected);

    private ILocalEntity? Find(EntityLane lane)
    {
        if (lane.Local is { IsHere: true } known)
        {
            return known;
        }

        return lane.Local = local.Find(lane.Key);
    }

    private sealed class ApplyTurn(ILocalEntity entity, EntityLane lane, Slice slice, IEntityChannel calls) : EntityTurn<SliceAnswer>(entity)
    {
        protected override ValueTask<SliceAnswer> Run(ILocalEntity entity) => new(entity.Apply(slice));

        protected override ValueTask<SliceAnswer> Call() => calls.ApplyAsync(lane, slice);
    }

    private sealed class FlushTurn(ILocalEntity entity, EntityLane lane, int partition, long expected, IEntityChannel calls) : EntityTurn<FlushAnswer>(entity)
    {
        protected override ValueTask<FlushAnswer> Run(ILocalEntity entity) => entity.FlushAsync(partition, expected);

        protected override ValueTask<FlushAnswer> Call() => calls.FlushAsync(lane, partition, expected);
    }
}
