using OrleansAnalytics.Events;

namespace OrleansAnalytics.Journeys;

/// <summary>One user's history in the shop, in event-time order.</summary>
[GenerateSerializer, Immutable, Alias("journey")]
public sealed record Journey
{
    /// <summary>The user.</summary>
    [Id(0)] public required string UserId { get; init; }

    /// <summary>Events over all time.</summary>
    [Id(1)] public required long Events { get; init; }

    /// <summary>Events over all time by kind; kinds without events are absent.</summary>
    [Id(2)] public required IReadOnlyDictionary<EventKind, long> Kinds { get; init; }

    /// <summary>Sessions over all time, also those no longer kept in <see cref="Sessions"/>.</summary>
    [Id(3)] public required long SessionCount { get; init; }

    /// <summary>Sum of purchases over all time.</summary>
    [Id(4)] public required Money Revenue { get; init; }

    /// <summary>First event time.</summary>
    [Id(5)] public required DateTimeOffset FirstSeen { get; init; }

    /// <summary>Last event time.</summary>
    [Id(6)] public required DateTimeOffset LastSeen { get; init; }

    /// <summary>Products in the cart: put in, and since neither removed nor bought.</summary>
    [Id(7)] public required IReadOnlyList<CartLine> OpenCart { get; init; }

    /// <summary>The kept sessions within the asked period, oldest first.</summary>
    [Id(8)] public required IReadOnlyList<Session> Sessions { get; init; }

    /// <summary>True if sessions or steps within the asked period are no longer kept here because a limit was reached, or if open cart lines are not.</summary>
    [Id(9)] public required bool Truncated { get; init; }

    /// <summary>The border: every step from this time on is kept here, of any period; null if no step was ever dropped.</summary>
    [Id(10)] public DateTimeOffset? KeptFrom { get; init; }
}

/// <summary>Events of one session key without a gap longer than the session timeout.</summary>
/// <param name="Key">The shop's session key; null if it sends none.</param>
/// <param name="Start">First event time.</param>
/// <param name="End">Last event time.</param>
/// <param name="Events">All events of the session, also those no longer kept in <paramref name="Steps"/>.</param>
/// <param name="Steps">The kept steps, by event time, then position.</param>
[GenerateSerializer, Immutable, Alias("session")]
public sealed record Session(
    [property: Id(0)] string? Key,
    [property: Id(1)] DateTimeOffset Start,
    [property: Id(2)] DateTimeOffset End,
    [property: Id(3)] long Events,
    [property: Id(4)] IReadOnlyList<Step> Steps);

/// <summary>One event of a journey.</summary>
/// <param name="Time">Event time.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Subject">The product, or the URL of a page visit.</param>
/// <param name="Price">Price of one piece.</param>
/// <param name="Position">The position in the user's partition.</param>
[GenerateSerializer, Immutable, Alias("step")]
public sealed record Step(
    [property: Id(0)] DateTimeOffset Time,
    [property: Id(1)] EventKind Kind,
    [property: Id(2)] string Subject,
    [property: Id(3)] Money Price,
    [property: Id(4)] long Position);

/// <summary>A product in an open cart.</summary>
/// <param name="ProductId">The product.</param>
/// <param name="Price">Price of one piece when it was last put in.</param>
/// <param name="Since">When it was last put in.</param>
[GenerateSerializer, Immutable, Alias("cart-line")]
public sealed record CartLine([property: Id(0)] string ProductId, [property: Id(1)] Money Price, [property: Id(2)] DateTimeOffset Since);
