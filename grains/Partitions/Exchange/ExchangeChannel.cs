using OrleansAnalytics.Partitions.Placement;

namespace OrleansAnalytics.Partitions.Exchange;

/// <summary>
/// Reaches the entities of other silos by one message for each silo instead of one for each entity: placement says where an entity is at home. Entities at
/// home here go the near way. Homes are a guess while silos come and go: a wrong one costs a hop, never an event.
/// </summary>
/// <param name="homes">Where entities are at home.</param>
/// <param name="near">The way to entities of this silo.</param>
/// <param name="exchanges">The way to other silos.</param>
/// <param name="options">Bounds a message.</param>
public sealed class ExchangeChannel(CurrentHomes homes, IEntityChannel near, IExchanges exchanges, PartitionOptions options) : IEntityChannel
{
    private readonly SlicePacker _packer = new();

    /// <inheritdoc/>
    public ValueTask<SliceAnswer> ApplyAsync(EntityLane lane, Slice slice) => near.ApplyAsync(lane, slice);

    /// <inheritdoc/>
    public ValueTask<FlushAnswer> FlushAsync(EntityLane lane, int partition, long expected) => near.FlushAsync(lane, partition, expected);

    /// <inheritdoc/>
    public bool TryApply(EntityLane lane, int partition, long after, ReadOnlySpan<PositionedEvent> events, out SliceAnswer answer)
    {
        answer = default;
        var now = homes.Get();
        return (now.Silos.Count == 1 || now.Silos[HomeOf(lane, now)].Equals(homes.Here)) && near.TryApply(lane, partition, after, events, out answer);
    }

    /// <inheritdoc/>
    public async ValueTask DeliverAsync(IReadOnlyList<EntityDelivery> deliveries, int maxCalls)
    {
        var now = homes.Get();
        if (now.Silos.Count == 1)
        {
            await near.DeliverAsync(deliveries, maxCalls);
            return;
        }

        var groups = Group(deliveries, delivery => delivery.Lane, now);
        var messages = new List<Task>();
        for (var silo = 0; silo < now.Silos.Count; silo++)
        {
            SendSlices(now.Silos[silo], groups.Away[silo], messages);
        }

        try
        {
            await near.DeliverAsync(groups.Near, maxCalls);
        }
        finally
        {
            // Also after a failure: nothing of this chunk may be under way when the partition goes back.
            await Task.WhenAll(messages);
        }
    }

    /// <inheritdoc/>
    public async ValueTask FlushAsync(int partition, IReadOnlyList<EntityLane> flushes, int maxCalls)
    {
        var now = homes.Get();
        if (now.Silos.Count == 1)
        {
            await near.FlushAsync(partition, flushes, maxCalls);
            return;
        }

        var groups = Group(flushes, lane => lane, now);
        var messages = new List<Task>();
        for (var silo = 0; silo < now.Silos.Count; silo++)
        {
            if (groups.Away[silo] is { } group)
            {
                messages.Add(FlushAsync(now.Silos[silo], partition, group, maxCalls));
            }
        }

        try
        {
            await near.FlushAsync(partition, groups.Near, maxCalls);
        }
        finally
        {
            await Task.WhenAll(messages);
        }
    }

    private (List<T> Near, List<T>?[] Away) Group<T>(IReadOnlyList<T> all, Func<T, EntityLane> laneOf, Homes now)
    {
        var (atHome, away) = (new List<T>(), new List<T>?[now.Silos.Count]);
        foreach (var one in all)
        {
            var home = HomeOf(laneOf(one), now);
            if (now.Silos[home].Equals(homes.Here))
            {
                atHome.Add(one);
            }
            else
            {
                (away[home] ??= []).Add(one);
            }
        }

        return (atHome, away);
    }

    private static int HomeOf(EntityLane lane, Homes now)
    {
        if (lane.Home is { } known && ReferenceEquals(known.Of, now))
        {
            return known.Silo;
        }

        var home = now.Of(lane.Key);
        lane.Home = (now, home);
        return home;
    }

    private void SendSlices(SiloAddress silo, List<EntityDelivery>? deliveries, List<Task> messages)
    {
        var first = 0;
        for (var i = 0; i < deliveries?.Count; i++)
        {
            _packer.Add(deliveries[i].Lane.Key, deliveries[i].Slice);
            if (_packer.ByteCount >= options.ExchangeBytes || i == deliveries.Count - 1)
            {
                messages.Add(ApplyAsync(silo, _packer.Build(), deliveries[first..(i + 1)]));
                first = i + 1;
            }
        }
    }

    private async Task ApplyAsync(SiloAddress silo, SliceMessage message, List<EntityDelivery> deliveries)
    {
        var answers = Complete(await exchanges.On(silo).ApplyAsync(message), deliveries.Count, silo);
        for (var i = 0; i < answers.Length; i++)
        {
            deliveries[i].Answer = answers[i];
        }
    }

    private async Task FlushAsync(SiloAddress silo, int partition, List<EntityLane> flushes, int maxCalls)
    {
        foreach (var group in flushes.Chunk(maxCalls))
        {
            var answers = Complete(await exchanges.On(silo).FlushAsync(FlushPacker.Pack(partition, group)), group.Length, silo);
            for (var i = 0; i < answers.Length; i++)
            {
                group[i].Answer = answers[i];
            }
        }
    }

    private static T[] Complete<T>(T[] answers, int asked, SiloAddress silo) => answers.Length == asked
        ? answers
        : throw new InvalidOperationException($"{silo} gave {answers.Length} answers to {asked} entities");
}
