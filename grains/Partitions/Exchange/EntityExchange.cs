using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Partitions.Exchange;

/// <summary>
/// This silo's exchange. A grain service takes requests one beside the other, and does no more here than unpack and queue turns, so partitions do not wait for each other.
/// </summary>
public sealed class EntityExchange : GrainService, IEntityExchange
{
    private readonly IEntityChannel _entities;
    private readonly PartitionOptions _options;
    private readonly ExchangeInstruments _instruments;

    // Used before the first await of a request only, and so by one at a time.
    private readonly EventTexts _texts;
    private readonly SliceUnpacker _unpacker;

    /// <summary>Created by Orleans when the silo starts.</summary>
    public EntityExchange(
        GrainId id, Silo silo, ILoggerFactory loggers, LocalEntities local, IGrainFactory grains, IOptions<PartitionOptions> options, ExchangeInstruments instruments)
        : base(id, silo, loggers)
    {
        _entities = new DirectChannel(local, new GrainEntityChannel(grains), savesBeside: true);
        _options = options.Value;
        _instruments = instruments;
        _texts = new EventTexts(_options.CachedTexts);
        _unpacker = new SliceUnpacker(_texts);
    }

    /// <inheritdoc/>
    public async ValueTask<SliceAnswer[]> ApplyAsync(SliceMessage message)
    {
        _instruments.Took(message);
        var deliveries = _unpacker.Read(message);
        await _entities.DeliverAsync(deliveries, _options.MaxSlicesInFlight);
        return Array.ConvertAll(deliveries, delivery => delivery.Answer);
    }

    /// <inheritdoc/>
    public async ValueTask<FlushAnswer[]> FlushAsync(FlushMessage message)
    {
        _instruments.Took(message);
        var flushes = FlushPacker.Read(message, _texts);
        await _entities.FlushAsync(message.Partition, flushes, _options.MaxFlushesInFlight);
        return Array.ConvertAll(flushes, flush => flush.Answer);
    }
}
