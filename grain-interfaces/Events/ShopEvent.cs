namespace OrleansAnalytics.Events;

/// <summary>One accepted thing that happened in the shop. Immutable; shared by reference between the entities it concerns.</summary>
[GenerateSerializer, Immutable, Alias("shop-event")]
public sealed record ShopEvent
{
    /// <summary>Identity for deduplication.</summary>
    [Id(0)] public required EventId Id { get; init; }

    /// <summary>Event time in milliseconds since 1970-01-01 UTC.</summary>
    [Id(1)] public required long TimeMs { get; init; }

    /// <summary>What happened.</summary>
    [Id(2)] public required EventKind Kind { get; init; }

    /// <summary>Who did it; decides the partition. Empty only in an event that another silo sent to an entity that is no user, which must not ask.</summary>
    [Id(3)] public required string UserId { get; init; }

    /// <summary>The shop's own session key; null if it sends none, then the user alone is the key.</summary>
    [Id(4)] public string? SessionKey { get; init; }

    /// <summary>The product; present for every kind but <see cref="EventKind.Page"/>.</summary>
    [Id(5)] public string? ProductId { get; init; }

    /// <summary>The product's category, if told.</summary>
    [Id(6)] public string? CategoryId { get; init; }

    /// <summary>The dotted name of the category, such as <c>appliances.kitchen.mixer</c>, if told.</summary>
    [Id(7)] public string? CategoryCode { get; init; }

    /// <summary>The product's brand, if told.</summary>
    [Id(8)] public string? Brand { get; init; }

    /// <summary>Price of one piece; zero if the producer sends none.</summary>
    [Id(9)] public Money Price { get; init; }

    /// <summary>Pieces; 1 unless an order line says otherwise.</summary>
    [Id(10)] public int Quantity { get; init; } = 1;

    /// <summary>The page; present for <see cref="EventKind.Page"/>.</summary>
    [Id(11)] public string? Url { get; init; }

    /// <summary>How long the page was looked at, in milliseconds.</summary>
    [Id(12)] public long DurationMs { get; init; }

    /// <summary>Price × quantity for a purchase, else zero.</summary>
    public Money Revenue => Kind == EventKind.Purchase ? Price * Quantity : Money.Zero;

    /// <summary>Event time.</summary>
    public DateTimeOffset Time => DateTimeOffset.FromUnixTimeMilliseconds(TimeMs);
}
