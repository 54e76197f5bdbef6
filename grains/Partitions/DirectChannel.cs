namespace OrleansAnalytics.Partitions;

/// <summary>
/// Reaches entities that are active on this silo directly, without a message or a turn of their own; others, and those that are going, by grain calls.
/// </summary>
/// <param name="local">The activations on this silo.</param>
/// <param name="calls">The way to all others.</param>
public sealed class DirectChannel(LocalEntities local, IEntityChannel calls) : IEntityChannel
{
    /// <inheritdoc/>
    public ValueTask<SliceAnswer> ApplyAsync(EntityLane lane, Slice slice) =>
        Find(lane) is { } entity && entity.TryApply(slice, out var answer) ? new(answer) : calls.ApplyAsync(lane, slice);

    /// <inheritdoc/>
    public ValueTask<FlushAnswer> FlushAsync(EntityLane lane, int partition, long expected) =>
        Find(lane) is { } entity && entity.TryFlush(partition, expected, out var answer) ? answer : calls.FlushAsync(lane, partition, expected);

    /// <inheritdoc/>
    public ValueTask DeliverAsync(IReadOnlyList<EntityDelivery> deliveries, int maxCalls)
    {
        List<EntityDelivery>? others = null;
        foreach (var delivery in deliveries)
        {
            if (Find(delivery.Lane) is { } entity && entity.TryApply(delivery.Slice, out var answer))
            {
                delivery.Answer = answer;
            }
            else
            {
                (others ??= []).Add(delivery);
            }
        }

        return others is null ? ValueTask.CompletedTask : calls.DeliverAsync(others, maxCalls);
    }

    /// <inheritdoc/>
    public async ValueTask FlushAsync(int partition, IReadOnlyList<EntityFlush> flushes, int maxCalls)
    {
        List<EntityFlush>? others = null;

        // Writes are stored in groups, so once the first has completed, most of the rest have as well and are not waited for.
        var saving = new SlidingWindow<EntityFlush, FlushAnswer>(int.MaxValue, static (flush, answer) => flush.Answer = answer);
        try
        {
            foreach (var flush in flushes)
            {
                if (Find(flush.Lane) is { } entity && entity.TryFlush(partition, flush.Expected, out var answer))
                {
                    await saving.AddAsync(flush, answer);
                }
                else
                {
                    (others ??= []).Add(flush);
                }
            }

            if (others is not null)
            {
                await calls.FlushAsync(partition, others, maxCalls);
            }
        }
        finally
        {
            // Also after a failure: nothing of this group may be under way when the partition goes back.
            await saving.DrainAsync();
        }
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
