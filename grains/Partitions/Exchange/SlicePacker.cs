using System.Buffers;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Exchange;

/// <summary>
/// Writes slices into one message after the other. An event that concerns several entities is written once per message. Format: version byte; the position of
/// each event of the batch, as the difference to the one before; then for each slice the kind of its entity, the key, <c>After</c>, the number of its events,
/// and their indexes, again as differences. Not safe for concurrent use.
/// </summary>
public sealed class SlicePacker
{
    internal const byte FormatVersion = 1;

    private readonly EventBatchWriter _events = new();
    private readonly ArrayBufferWriter<byte> _slices = new(1024);
    private readonly ArrayBufferWriter<byte> _positions = new(1024);
    private readonly Dictionary<long, int> _indexes = [];
    private long _lastPosition;
    private int _partition;
    private int _count;

    /// <summary>About the bytes of the message so far.</summary>
    public int ByteCount => _count == 0 ? 0 : _events.ByteCount + _slices.WrittenCount + _positions.WrittenCount;

    /// <summary>Adds a slice; all of one message are of one partition.</summary>
    public void Add(EntityKey entity, Slice slice)
    {
        _partition = slice.Partition;
        _count++;
        var writer = new FormatWriter(_slices);
        PackedEntity.Write(writer, entity);
        writer.Count(slice.After);
        writer.Count(slice.Events.Count);
        var last = 0;
        for (var i = 0; i < slice.Events.Count; i++)
        {
            var index = IndexOf(slice.Events[i]);
            writer.Signed(index - last);
            last = index;
        }
    }

    /// <summary>The message so far, and begins the next.</summary>
    /// <exception cref="InvalidOperationException">There are no slices.</exception>
    public SliceMessage Build()
    {
        var body = GC.AllocateUninitializedArray<byte>(1 + _positions.WrittenCount + _slices.WrittenCount);
        body[0] = FormatVersion;
        _positions.WrittenSpan.CopyTo(body.AsSpan(1));
        _slices.WrittenSpan.CopyTo(body.AsSpan(1 + _positions.WrittenCount));
        var message = new SliceMessage(_partition, _count, _events.Count, _events.Build().Bytes, body);
        _events.Reset();
        _positions.ResetWrittenCount();
        _slices.ResetWrittenCount();
        _indexes.Clear();
        (_lastPosition, _count) = (0, 0);
        return message;
    }

    private int IndexOf(PositionedEvent one)
    {
        // Within a partition a position is one event.
        if (!_indexes.TryGetValue(one.Position, out var index))
        {
            _indexes.Add(one.Position, index = _events.Count);
            _events.Add(one.Event);
            new FormatWriter(_positions).Signed(one.Position - _lastPosition);
            _lastPosition = one.Position;
        }

        return index;
    }
}
