using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Exchange;

/// <summary>Reads what <see cref="SlicePacker"/> wrote; entities share the events. Not safe for concurrent use.</summary>
/// <param name="texts">Texts seen before, for reuse.</param>
public sealed class SliceUnpacker(EventTexts texts)
{
    private readonly List<LogEntry> _events = [];

    /// <summary>The slices, in the order of the message.</summary>
    /// <exception cref="DamagedFormatException">The message is changed or cut, or a newer program wrote it.</exception>
    public EntityDelivery[] Read(SliceMessage message)
    {
        _events.Clear();
        EventBatchReader.Read(new LogBatch(1, message.EventCount, AppendedMs: 0, message.Events), after: 0, texts, _events);
        var reader = new FormatReader(message.Slices.Span);
        reader.Version(SlicePacker.FormatVersion, "slice message");
        var events = new PositionedEvent[_events.Count];
        var position = 0L;
        for (var i = 0; i < events.Length; i++)
        {
            position += reader.Signed();
            events[i] = new PositionedEvent(position, _events[i].Event ?? throw new DamagedFormatException("a rejection among events"));
        }

        var deliveries = new EntityDelivery[message.Count];
        for (var i = 0; i < deliveries.Length; i++)
        {
            var lane = PackedEntity.Read(ref reader, texts);
            var after = reader.Count();
            deliveries[i] = new EntityDelivery(lane, new Slice(message.Partition, after, Pick(ref reader, events)));
        }

        return deliveries;
    }

    private static PositionedEvent[] Pick(ref FormatReader reader, PositionedEvent[] events)
    {
        var count = reader.Count();
        if (count < 1 || count > events.Length)
        {
            throw new DamagedFormatException($"a slice of {count} of {events.Length} events");
        }

        var picked = new PositionedEvent[count];
        var index = 0L;
        for (var i = 0; i < picked.Length; i++)
        {
            index += reader.Signed();
            picked[i] = index >= 0 && index < events.Length ? events[index] : throw new DamagedFormatException($"event {index} of {events.Length}");
        }

        return picked;
    }
}
