using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Exchange;

/// <summary>
/// Writes slices into one message after the other. An event that concerns several entities is written once per message, and so is a text that several events have; who did it
/// and in which session goes along only if a user is among the entities, for no other fold reads it. Not safe for concurrent use.
/// <para>Format of the events: number of texts and the texts; then for each event its kind, with <see cref="WithUser"/> if the user goes along, position and time as differences to
/// the event before, id, user and session if they go along, the numbers of product, category, its code, brand and page (0 for none), price, pieces, duration. Format of the slices: version byte; checksum of all other bytes; then for each slice the kind of the entity, the number of
/// its key, <c>After</c>, number of events, and their indexes, as differences.</para>
/// </summary>
public sealed class SlicePacker
{
    internal const byte FormatVersion = 2;

    /// <summary>Added to the kind of an event that says who did it.</summary>
    internal const byte WithUser = 0x80;

    internal const int HeaderBytes = 1 + sizeof(ulong);

    private readonly ArrayBufferWriter<byte> _texts = new(1024);
    private readonly ArrayBufferWriter<byte> _events = new(1024);
    private readonly ArrayBufferWriter<byte> _slices = new(1024);

    // By reference: a partition has the same text as the same instance nearly always, and a text that is written twice does no harm.
    private readonly Dictionary<string, int> _textNumbers = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(long Position, bool WithUser), int> _indexes = [];
    private long _lastPosition;
    private long _lastTimeMs;
    private int _partition;
    private int _count;

    /// <summary>About the bytes of the message so far.</summary>
    public int ByteCount => _texts.WrittenCount + _events.WrittenCount + _slices.WrittenCount;

    /// <summary>Adds a slice; all of one message are of one partition.</summary>
    public void Add(EntityKey entity, Slice slice)
    {
        _partition = slice.Partition;
        _count++;
        var withUser = entity.Kind == EntityKind.User;
        var writer = new FormatWriter(_slices);
        writer.Byte((byte)entity.Kind);
        writer.Count(NumberOf(entity.Key));
        writer.Count(slice.After);
        var events = slice.Span();
        writer.Count(events.Length);
        var last = 0;
        foreach (ref readonly var one in events)
        {
            var index = IndexOf(one, withUser);
            writer.Signed(index - last);
            last = index;
        }
    }

    /// <summary>The message so far, and begins the next.</summary>
    /// <exception cref="InvalidOperationException">There are no slices.</exception>
    public SliceMessage Build()
    {
        if (_count == 0)
        {
            throw new InvalidOperationException("a message has at least one slice");
        }

        var events = GC.AllocateUninitializedArray<byte>(FormatSpan.LongestVarint + _texts.WrittenCount + _events.WrittenCount);
        var at = FormatSpan.Count(events, 0, _textNumbers.Count);
        _texts.WrittenSpan.CopyTo(events.AsSpan(at));
        at += _texts.WrittenCount;
        _events.WrittenSpan.CopyTo(events.AsSpan(at));
        at += _events.WrittenCount;
        var slices = GC.AllocateUninitializedArray<byte>(HeaderBytes + _slices.WrittenCount);
        slices[0] = FormatVersion;
        _slices.WrittenSpan.CopyTo(slices.AsSpan(HeaderBytes));
        BinaryPrimitives.WriteUInt64LittleEndian(slices.AsSpan(1), Checksum(events.AsSpan(..at), slices));
        var message = new SliceMessage(_partition, _count, _indexes.Count, events.AsMemory(..at), slices);
        _texts.ResetWrittenCount();
        _events.ResetWrittenCount();
        _slices.ResetWrittenCount();
        _textNumbers.Clear();
        _indexes.Clear();
        (_lastPosition, _lastTimeMs, _count) = (0, 0, 0);
        return message;
    }

    /// <summary>XxHash3 of what follows the header of the slices, with that of the events as its seed.</summary>
    internal static ulong Checksum(ReadOnlySpan<byte> events, ReadOnlySpan<byte> slices) =>
        XxHash3.HashToUInt64(slices[HeaderBytes..], unchecked((long)XxHash3.HashToUInt64(events)));

    private int IndexOf(in PositionedEvent one, bool withUser)
    {
        // Within a partition a position is one event.
        if (!_indexes.TryGetValue((one.Position, withUser), out var index))
        {
            _indexes.Add((one.Position, withUser), index = _indexes.Count);
            Write(one.Position, one.Event, withUser);
        }

        return index;
    }

    private void Write(long position, ShopEvent shopEvent, bool withUser)
    {
        var writer = new FormatWriter(_events);
        writer.Byte((byte)((byte)shopEvent.Kind | (withUser ? WithUser : 0)));
        writer.Signed(position - _lastPosition);
        writer.Signed(shopEvent.TimeMs - _lastTimeMs);
        writer.Fixed64(shopEvent.Id.High);
        writer.Fixed64(shopEvent.Id.Low);
        if (withUser)
        {
            writer.Text(shopEvent.UserId);
            writer.Text(shopEvent.SessionKey);
        }

        writer.Count(NumberOf(shopEvent.ProductId));
        writer.Count(NumberOf(shopEvent.CategoryId));
        writer.Count(NumberOf(shopEvent.CategoryCode));
        writer.Count(NumberOf(shopEvent.Brand));
        writer.Count(NumberOf(shopEvent.Url));
        writer.Money(shopEvent.Price);
        writer.Count(shopEvent.Quantity);
        writer.Count(shopEvent.DurationMs);
        (_lastPosition, _lastTimeMs) = (position, shopEvent.TimeMs);
    }

    /// <summary>The number of a text from 1; 0 for none.</summary>
    private int NumberOf(string? text)
    {
        if (text is null)
        {
            return 0;
        }

        if (!_textNumbers.TryGetValue(text, out var number))
        {
            _textNumbers.Add(text, number = _textNumbers.Count + 1);
            new FormatWriter(_texts).Text(text);
        }

        return number;
    }
}
