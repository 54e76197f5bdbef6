namespace OrleansAnalytics.Partitions;

/// <summary>
/// Reaches entities whose state is on this silo directly, without a message or a turn of their own, and reads the state of those that this silo may hold without
/// an activation. Others, and those that are going, it reaches by grain calls.
/// </summary>
/// <param name="local">The entities on this silo.</param>
/// <param name="calls">The way to all others.</param>
/// <param name="savesBeside">
/// Entities here are saved on another thread than the caller's: a partition is busy with the next events, and each group of flushes would wait for its turn.
/// </param>
public sealed class DirectChannel(LocalEntities local, IEntityChannel calls, bool savesBeside = false) : IEntityChannel
{
    /// <inheritdoc/>
    public ValueTask<SliceAnswer> ApplyAsync(EntityLane lane, Slice slice)
    {
        if (Find(lane) is { } entity && entity.TryApply(slice, out var answer))
        {
            return new(answer);
        }

        return local.Holds(lane.Key.Kind) ? ReadAndApplyAsync(lane, slice) : calls.ApplyAsync(lane, slice);
    }

    /// <inheritdoc/>
    public bool TryApply(EntityLane lane, int partition, long after, ReadOnlySpan<PositionedEvent> events, out SliceAnswer answer)
    {
        if (Find(lane) is { } entity)
        {
            return entity.TryApply(partition, after, events, out answer);
        }

        answer = default;
        return false;
    }

    /// <inheritdoc/>
    public ValueTask<FlushAnswer> FlushAsync(EntityLane lane, int partition, long expected)
    {
        var request = new SingleFlush(partition, expected);
        if (Find(lane) is { } entity && entity.TryFlush(request))
        {
            return new(request.Task);
        }

        return local.Holds(lane.Key.Kind) ? ReadAndFlushAsync(lane, partition, expected) : calls.FlushAsync(lane, partition, expected);
    }

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

        return others is null ? ValueTask.CompletedTask : DeliverOthersAsync(others, maxCalls);
    }

    /// <inheritdoc/>
    public async ValueTask FlushAsync(int partition, IReadOnlyList<EntityLane> flushes, int maxCalls)
    {
        if (await FlushHereAsync(flushes, maxCalls) is { Count: > 0 } others)
        {
            await FlushOthersAsync(partition, others, maxCalls);
        }
    }

    /// <summary>Saves those that are here, so many at a time.</summary>
    /// <returns>Those that are not here.</returns>
    private async Task<List<EntityLane>> FlushHereAsync(IReadOnlyList<EntityLane> flushes, int maxCalls)
    {
        if (savesBeside)
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }

        var others = new List<EntityLane>();
        for (var first = 0; first < flushes.Count; first += maxCalls)
        {
            var saving = FlushGroup.Take();
            try
            {
                for (var i = first; i < Math.Min(first + maxCalls, flushes.Count); i++)
                {
                    Ahead.Entities(flushes, i);
                    if (Find(flushes[i]) is not { } entity || !saving.TryAdd(flushes[i], entity))
                    {
                        others.Add(flushes[i]);
                    }
                }
            }
            finally
            {
                // Also after a failure: nothing of this group may be under way when the partition goes back.
                await saving.DrainAsync().ConfigureAwait(continueOnCapturedContext: !savesBeside);
            }
        }

        return others;
    }

    private async ValueTask FlushOthersAsync(int partition, List<EntityLane> others, int maxCalls)
    {
        List<EntityLane>? called = null;
        var reading = new SlidingWindow<EntityLane, FlushAnswer>(maxCalls, static (flush, answer) => flush.Answer = answer);
        try
        {
            foreach (var flush in others)
            {
                if (local.Holds(flush.Key.Kind))
                {
                    await reading.AddAsync(flush, ReadAndFlushAsync(flush, partition, flush.Expected));
                }
                else
                {
                    (called ??= []).Add(flush);
                }
            }

            if (called is not null)
            {
                await calls.FlushAsync(partition, called, maxCalls);
            }
        }
        finally
        {
            await reading.DrainAsync();
        }
    }

    private async ValueTask DeliverOthersAsync(List<EntityDelivery> others, int maxCalls)
    {
        List<EntityDelivery>? called = null;
        var reading = new SlidingWindow<EntityDelivery, SliceAnswer>(maxCalls, static (delivery, answer) => delivery.Answer = answer);
        try
        {
            foreach (var delivery in others)
            {
                if (local.Holds(delivery.Lane.Key.Kind))
                {
                    await reading.AddAsync(delivery, ReadAndApplyAsync(delivery.Lane, delivery.Slice));
                }
                else
                {
                    (called ??= []).Add(delivery);
                }
            }

            if (called is not null)
            {
                await calls.DeliverAsync(called, maxCalls);
            }
        }
        finally
        {
            await reading.DrainAsync();
        }
    }

    private async ValueTask<SliceAnswer> ReadAndApplyAsync(EntityLane lane, Slice slice)
    {
        var entity = lane.Local = await local.HoldAsync(lane.Key);
        return entity.TryApply(slice, out var answer) ? answer : await calls.ApplyAsync(lane, slice);
    }

    private async ValueTask<FlushAnswer> ReadAndFlushAsync(EntityLane lane, int partition, long expected)
    {
        var entity = lane.Local = await local.HoldAsync(lane.Key);
        var request = new SingleFlush(partition, expected);
        return entity.TryFlush(request) ? await request.Task : await calls.FlushAsync(lane, partition, expected);
    }

    private LocalEntity? Find(EntityLane lane)
    {
        if (lane.Local is { IsHere: true } known)
        {
            return known;
        }

        return lane.Local = local.Find(lane.Key);
    }
}
