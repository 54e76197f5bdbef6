using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Partitions.Exchange;

/// <summary>
/// This silo's exchange. A grain service takes requests one beside the other, and updates what is in memory before it waits for anything, so partitions do not wait for each other.
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
        var answers = new SliceAnswer[message.Count];
        if (ApplyAtOnce(message, answers) is { } others)
        {
            await _entities.DeliverAsync(others.ConvertAll(other => other.Delivery), _options.MaxSlicesInFlight);
            others.ForEach(other => answers[other.Number] = other.Delivery.Answer);
        }

        return answers;
    }

    /// <summary>Updates the entities that can be updated at once, which is nearly all of them.</summary>
    /// <returns>The slices of the others, with their numbers; null if there are none.</returns>
    private List<(int Number, EntityDelivery Delivery)>? ApplyAtOnce(SliceMessage message, SliceAnswer[] answers)
    {
        List<(int Number, EntityDelivery Delivery)>? others = null;
        _unpacker.Read(message, (number, lane, after, events) =>
        {
            if (!_entities.TryApply(lane, message.Partition, after, events, out answers[number]))
            {
                (others ??= []).Add((number, new EntityDelivery(lane, new Slice(message.Partition, after, events.ToArray()))));
            }
        });
        return others;
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
