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
    public async ValueTask<SliceAnswer> ApplyAsync(EntityLane lane, Slice slice)
    {
        var delivery = new EntityDelivery(lane, slice);
        await DeliverAsync([delivery], maxCalls: 1);
        return delivery.Answer;
    }

    /// <inheritdoc/>
    public ValueTask<FlushAnswer> FlushAsync(EntityLane lane, int partition, long expected) =>
        Find(lane) is { } entity ? new FlushTurn(entity, lane, partition, expected, calls).Start() : calls.FlushAsync(lane, partition, expected);

    /// <inheritdoc/>
    public async ValueTask DeliverAsync(IReadOnlyList<EntityDelivery> deliveries, int maxCalls)
    {
        var turns = new TurnBatch(calls);
        var others = Enqueue(turns, deliveries);
        try
        {
            await calls.DeliverAsync(others, maxCalls);
        }
        finally
        {
            // Also after a failure: nothing of this chunk may be under way when the partition goes back.
            await turns.CompleteAsync();
        }
    }

    /// <summary>Queues the turns and answers the deliveries to entities that are not here.</summary>
    private List<EntityDelivery> Enqueue(TurnBatch turns, IReadOnlyList<EntityDelivery> deliveries)
    {
        // Once for all: each turn would suppress the flow of its own, which allocates.
        using var suppressed = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        var others = new List<EntityDelivery>();
        foreach (var delivery in deliveries)
        {
            if (Find(delivery.Lane) is { } entity)
            {
                turns.Enqueue(entity, delivery);
            }
            else
            {
                others.Add(delivery);
            }
        }

        return others;
    }

    private ILocalEntity? Find(EntityLane lane)
    {
        if (lane.Local is { IsHere: true } known)
        {
            return known;
        }

        return lane.Local = local.Find(lane.Key);
    }
}
