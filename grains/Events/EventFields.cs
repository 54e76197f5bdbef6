using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Events;

/// <summary>An event's fields as a batch holds them, with texts in UTF-8: nothing is allocated to read them. See <see cref="ShopEvent"/> for what they mean.</summary>
public readonly ref struct EventFields
{
    /// <summary>Identity for deduplication.</summary>
    public required EventId Id { get; init; }

    /// <summary>Event time in milliseconds since 1970-01-01 UTC.</summary>
    public required long TimeMs { get; init; }

    /// <summary>What happened.</summary>
    public required EventKind Kind { get; init; }

    /// <summary>Who did it.</summary>
    public required OptionalUtf8 User { get; init; }

    /// <summary>The shop's own session key.</summary>
    public required OptionalUtf8 Session { get; init; }

    /// <summary>The product.</summary>
    public required OptionalUtf8 Product { get; init; }

    /// <summary>The product's category.</summary>
    public required OptionalUtf8 Category { get; init; }

    /// <summary>The dotted name of the category.</summary>
    public required OptionalUtf8 Code { get; init; }

    /// <summary>The product's brand.</summary>
    public required OptionalUtf8 Brand { get; init; }

    /// <summary>Price of one piece.</summary>
    public required Money Price { get; init; }

    /// <summary>Pieces.</summary>
    public required int Quantity { get; init; }

    /// <summary>The page.</summary>
    public required OptionalUtf8 Url { get; init; }

    /// <summary>How long the page was looked at, in milliseconds.</summary>
    public required long DurationMs { get; init; }

    /// <summary>Reads what follows the tag of an entry that is an event.</summary>
    /// <exception cref="DamagedFormatException">It is none.</exception>
    internal static EventFields Read(scoped ref FormatReader reader, byte tag)
    {
        if (tag is < (byte)EventKind.View or > (byte)EventKind.Page)
        {
            throw new DamagedFormatException($"{tag} is no event kind");
        }

        var timeMs = reader.Signed();
        var id = new EventId(reader.Fixed64(), reader.Fixed64());
        var user = reader.Utf8();
        var session = reader.Utf8();
        var product = reader.Utf8();
        var category = reader.Utf8();
        var code = reader.Utf8();
        var brand = reader.Utf8();
        var price = reader.Money();
        var quantity = reader.Count();
        var url = reader.Utf8();
        var durationMs = reader.Count();
        if (!user.Exists || quantity > int.MaxValue)
        {
            throw new DamagedFormatException("an event without a user or with too large a quantity");
        }

        return new EventFields
        {
            Id = id,
            TimeMs = timeMs,
            Kind = (EventKind)tag,
            User = user,
            Session = session,
            Product = product,
            Category = category,
            Code = code,
            Brand = brand,
            Price = price,
            Quantity = (int)quantity,
            Url = url,
            DurationMs = durationMs,
        };
    }
}

/// <summary>An accepted event as its batch holds it.</summary>
/// <param name="Position">Its position in the partition.</param>
/// <param name="TimeMs">Event time in milliseconds since 1970-01-01 UTC.</param>
/// <param name="Bytes">The entry.</param>
public readonly record struct EncodedEvent(long Position, long TimeMs, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>What happened.</summary>
    public EventKind Kind => (EventKind)Bytes.Span[0];

    /// <summary>Its fields; valid as long as the bytes are.</summary>
    /// <exception cref="DamagedFormatException">The bytes are no event.</exception>
    public EventFields Fields()
    {
        var reader = new FormatReader(Bytes.Span);
        return EventFields.Read(ref reader, reader.Byte());
    }

    /// <summary>The event itself.</summary>
    /// <param name="texts">Where its texts may be known from.</param>
    /// <exception cref="DamagedFormatException">The bytes are no event.</exception>
    public ShopEvent Decode(EventTexts texts) => EventBatchReader.ToEvent(Fields(), texts, out _);
}
