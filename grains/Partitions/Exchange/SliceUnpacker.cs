using System.IO.Hashing;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Exchange;

/// <summary>Reads what <see cref="SlicePacker"/> wrote, one slice after the other; entities share the events. Not safe for concurrent use.</summary>
/// <param name="texts">Texts seen before, for reuse.</param>
public sealed partial class SliceUnpacker(EventTexts texts)
{
    private KnownText[] _texts = [];
    private PositionedEvent[] _events = [];
    private PositionedEvent[] _slice = [];
    private int _textCount;
    private int _eventCount;

    /// <summary>Called with each slice.</summary>
    /// <param name="number">Which of the message, from 0.</param>
    /// <param name="lane">The entity: the lane that its key was last read into, so that who knows the way to the entity need not look for it again.</param>
    /// <param name="after">See <see cref="Slice.After"/>.</param>
    /// <param name="events">See <see cref="Slice.Events"/>; valid during the call. Events for others than users are without user and session.</param>
    public delegate void SliceTaker(int number, EntityLane lane, long after, ReadOnlySpan<PositionedEvent> events);

    /// <summary>Hands out the slices, in the order of the message.</summary>
    /// <exception cref="DamagedFormatException">The message is changed or cut, or a newer program wrote it.</exception>
    public void Read(SliceMessage message, SliceTaker take)
    {
        var slices = new FormatReader(message.Slices.Span);
        var version = slices.Version(SlicePacker.FormatVersion, "slice message");
        try
        {
            if (version == 1)
            {
                ReadVersion1(message, ref slices, take);
            }
            else
            {
                ReadVersion2(message, ref slices, take);
            }

            slices.End("a slice message");
        }
        finally
        {
            // Else the events of the last message live until the next one.
            Array.Clear(_events);
            Array.Clear(_slice);
        }
    }

    private void ReadVersion2(SliceMessage message, ref FormatReader slices, SliceTaker take)
    {
        if (slices.Fixed64() != SlicePacker.Checksum(message.Events.Span, message.Slices.Span))
        {
            throw new DamagedFormatException("the checksum of a slice message does not match");
        }

        var events = new FormatReader(message.Events.Span);
        ReadTexts(ref events);
        ReadEvents(ref events, message.EventCount);
        events.End("the events of a slice message");
        for (var number = 0; number < message.Count; number++)
        {
            var lane = PackedEntity.LaneOf(slices.Byte(), Required(ref slices));
            take(number, lane, slices.Count(), Pick(ref slices));
        }
    }

    private void ReadTexts(ref FormatReader reader)
    {
        _textCount = reader.Items();
        Room(ref _texts, _textCount);
        for (var i = 0; i < _textCount; i++)
        {
            _texts[i] = reader.TryUtf8(out var utf8) ? texts.Find(utf8) : throw new DamagedFormatException("a text of a slice message is missing");
        }
    }

    private void ReadEvents(ref FormatReader reader, int count)
    {
        if (count < 1 || count > reader.Remaining)
        {
            throw new DamagedFormatException($"{count} events in {reader.Remaining} bytes");
        }

        _eventCount = count;
        Room(ref _events, count);
        var (position, timeMs) = (0L, 0L);
        for (var i = 0; i < count; i++)
        {
            var tag = reader.Byte();
            position += reader.Signed();
            timeMs += reader.Signed();
            _events[i] = new PositionedEvent(position, ReadEvent(ref reader, tag, timeMs));
        }
    }

    private ShopEvent ReadEvent(ref FormatReader reader, byte tag, long timeMs)
    {
        var id = new EventId(reader.Fixed64(), reader.Fixed64());
        var (user, session) = ("", (string?)null);
        if ((tag & SlicePacker.WithUser) != 0)
        {
            (user, session) = (reader.RequiredText(), reader.Text());
        }

        var kind = (EventKind)(tag & ~SlicePacker.WithUser);
        if (kind is < EventKind.View or > EventKind.Page)
        {
            throw new DamagedFormatException($"{(byte)kind} is no event kind");
        }

        return new ShopEvent
        {
            Id = id,
            TimeMs = timeMs,
            Kind = kind,
            UserId = user,
            SessionKey = session,
            ProductId = Optional(ref reader),
            CategoryId = Optional(ref reader),
            CategoryCode = Optional(ref reader),
            Brand = Optional(ref reader),
            Url = Optional(ref reader),
            Price = reader.Money(),
            Quantity = Pieces(ref reader),
            DurationMs = reader.Count(),
        };
    }

    private ReadOnlySpan<PositionedEvent> Pick(ref FormatReader reader)
    {
        var count = reader.Count();
        if (count < 1 || count > _eventCount)
        {
            throw new DamagedFormatException($"a slice of {count} of {_eventCount} events");
        }

        Room(ref _slice, (int)count);
        var index = 0L;
        for (var i = 0; i < count; i++)
        {
            index += reader.Signed();
            _slice[i] = index >= 0 && index < _eventCount ? _events[index] : throw new DamagedFormatException($"event {index} of {_eventCount}");
        }

        return _slice.AsSpan(0, (int)count);
    }

    private static int Pieces(ref FormatReader reader)
    {
        var count = reader.Count();
        return count <= int.MaxValue ? (int)count : throw new DamagedFormatException($"{count} pieces");
    }

    private string? Optional(ref FormatReader reader) => Number(ref reader) is var number and > 0 ? _texts[number - 1].Text : null;

    private KnownText Required(ref FormatReader reader) => Number(ref reader) is var number and > 0 ? _texts[number - 1] : throw new DamagedFormatException("a slice without an entity");

    private int Number(ref FormatReader reader)
    {
        var number = reader.Count();
        return number <= _textCount ? (int)number : throw new DamagedFormatException($"text {number} of {_textCount}");
    }

    private static void Room<T>(ref T[] array, int count)
    {
        if (array.Length < count)
        {
            array = new T[Math.Max(count, array.Length * 2)];
        }
    }
}
