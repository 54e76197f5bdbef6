using OrleansAnalytics.Events;

namespace OrleansAnalytics.Client;

/// <summary>An event to send. Names on the wire are those of REES46 files (<c>event_time</c>, <c>event_type</c>, …).</summary>
public sealed record ShopEventInput
{
    /// <summary>When it happened; sent in UTC with milliseconds.</summary>
    public required DateTimeOffset EventTime { get; init; }

    /// <summary>What happened.</summary>
    public required EventKind Kind { get; init; }

    /// <summary>Who did it; not empty.</summary>
    public required string UserId { get; init; }

    /// <summary>The product; needed for every kind but <see cref="EventKind.Page"/>.</summary>
    public string? ProductId { get; init; }

    /// <summary>The product's category.</summary>
    public string? CategoryId { get; init; }

    /// <summary>The category's dotted name.</summary>
    public string? CategoryCode { get; init; }

    /// <summary>The product's brand.</summary>
    public string? Brand { get; init; }

    /// <summary>Price of one piece in the shop's currency; null if not told.</summary>
    public decimal? Price { get; init; }

    /// <summary>The shop's session key; without one the user alone is the key.</summary>
    public string? SessionKey { get; init; }

    /// <summary>The page, for <see cref="EventKind.Page"/>.</summary>
    public string? Url { get; init; }

    /// <summary>How long the page was looked at; sent in seconds.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Pieces; null means one.</summary>
    public int? Quantity { get; init; }

    /// <summary>
    /// The event's identity: two events of one user with one id are one event. Null: the client gives a version 7 GUID before the first try, and
    /// keeps it in every repeat.
    /// </summary>
    public string? EventId { get; init; }
}
