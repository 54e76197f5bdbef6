using OrleansAnalytics.Events;

namespace OrleansAnalytics.Tests.Simulation;

/// <summary>Sends its share of the events in small batches, and each batch again until it is acknowledged; sometimes once more although it was.</summary>
internal sealed class Producer
{
    private readonly World _world;

    public Producer(World world, int index)
    {
        _world = world;
        var own = world.Truth.Events.Where(one => Truth.NumberOf(one) % world.Truth.Producers == index).ToList();
        new Actor(world, "producer " + index).Post(() => _ = SendAsync(own));
    }

    public bool Done { get; private set; }

    private async Task SendAsync(List<ShopEvent> own)
    {
        while (own.Count > 0)
        {
            var partition = _world.Truth.PartitionOf(Truth.NumberOf(own[0]));
            var batch = own.Where(one => _world.Truth.PartitionOf(Truth.NumberOf(one)) == partition).Take(1 + _world.Chance.Below(4)).ToList();
            own.RemoveAll(batch.Contains);
            for (var attempt = 0; !await TryAppendAsync(partition, batch, attempt) || _world.Chance.OneIn(12); attempt++)
            {
                // Once more.
            }
        }

        Done = true;
    }

    private async Task<bool> TryAppendAsync(int partition, List<ShopEvent> batch, int attempt)
    {
        try
        {
            await _world.Log.AppendAsync(partition, _world.Bug.GivesNewIds ? batch.ConvertAll(one => one with { Id = new EventId(one.Id.High, (ulong)attempt) }) : batch);
            batch.ForEach(_world.Truth.Acknowledged);
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }
}
