namespace OrleansAnalytics.Partitions;

/// <summary>How a partition reaches its entities. A call that fails or is lost is a doubt, and answered by a rewind.</summary>
public interface IEntityChannel
{
    /// <summary>Delivers a slice to the lane's entity.</summary>
    ValueTask<SliceAnswer> ApplyAsync(EntityLane lane, Slice slice);

    /// <summary>Asks the lane's entity to save what the partition sent it up to <paramref name="expected"/>.</summary>
    ValueTask<FlushAnswer> FlushAsync(EntityLane lane, int partition, long expected);

    /// <summary>Delivers a slice at once if that needs no waiting; false, and nothing done, if it does.</summary>
    /// <param name="lane">The entity's lane.</param>
    /// <param name="partition">See <see cref="Slice.Partition"/>.</param>
    /// <param name="after">See <see cref="Slice.After"/>.</param>
    /// <param name="events">See <see cref="Slice.Events"/>; not kept.</param>
    /// <param name="answer">What the entity says.</param>
    bool TryApply(EntityLane lane, int partition, long after, ReadOnlySpan<PositionedEvent> events, out SliceAnswer answer)
    {
        answer = default;
        return false;
    }

    /// <summary>
    /// Delivers slices and completes when every entity has answered, with the answers in the deliveries. Unless a channel knows better, each
    /// is a call of its own.
    /// </summary>
    /// <param name="deliveries">At most one for each entity.</param>
    /// <param name="maxCalls">Calls under way at the same time.</param>
    /// <exception cref="Exception">A call failed; others may have arrived or not.</exception>
    async ValueTask DeliverAsync(IReadOnlyList<EntityDelivery> deliveries, int maxCalls)
    {
        var window = new SlidingWindow<EntityDelivery, SliceAnswer>(maxCalls, static (delivery, answer) => delivery.Answer = answer);
        try
        {
            foreach (var delivery in deliveries)
            {
                await window.AddAsync(delivery, ApplyAsync(delivery.Lane, delivery.Slice));
            }
        }
        finally
        {
            await window.DrainAsync();
        }
    }

    /// <summary>
    /// Asks entities to save and completes when every one has answered, with the answers in the flushes. Unless a channel knows better, each is a call of its own.
    /// </summary>
    /// <param name="partition">The asking partition.</param>
    /// <param name="flushes">At most one for each entity.</param>
    /// <param name="maxCalls">Calls under way at the same time.</param>
    /// <exception cref="Exception">A call failed; others may have saved or not.</exception>
    async ValueTask FlushAsync(int partition, IReadOnlyList<EntityLane> flushes, int maxCalls)
    {
        var window = new SlidingWindow<EntityLane, FlushAnswer>(maxCalls, static (flush, answer) => flush.Answer = answer);
        try
        {
            foreach (var flush in flushes)
            {
                await window.AddAsync(flush, FlushAsync(flush, partition, flush.Expected));
            }
        }
        finally
        {
            await window.DrainAsync();
        }
    }
}
