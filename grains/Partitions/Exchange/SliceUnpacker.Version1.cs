using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Exchange;

/// <summary>Messages of silos that are still to be upgraded: whole events as <see cref="EventBatchWriter"/> writes them, then position by position, and slices with the text of their key.</summary>
public sealed partial class SliceUnpacker
{
    private readonly List<LogEntry> _entries = [];

    private void ReadVersion1(SliceMessage message, ref FormatReader slices, SliceTaker take)
    {
        _entries.Clear();
        EventBatchReader.Read(new LogBatch(1, message.EventCount, AppendedMs: 0, message.Events), after: 0, texts, _entries);
        _eventCount = _entries.Count;
        Room(ref _events, _eventCount);
        var position = 0L;
        for (var i = 0; i < _eventCount; i++)
        {
            position += slices.Signed();
            _events[i] = new PositionedEvent(position, _entries[i].Event ?? throw new DamagedFormatException("a rejection among events"));
        }

        for (var number = 0; number < message.Count; number++)
        {
            var lane = PackedEntity.Read(ref slices, texts);
            take(number, lane, slices.Count(), Pick(ref slices));
        }
    }
}
