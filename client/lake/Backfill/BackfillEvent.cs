using OrleansAnalytics.Events;

namespace OrleansAnalytics.Lake.Backfill;

/// <summary>An event of an import as it is to be sent; the names are those of the lake's columns.</summary>
/// <param name="Time">When it happened.</param>
/// <param name="Kind">What happened.</param>
/// <param name="UserId">Who did it.</param>
/// <param name="SessionKey">The shop's session key.</param>
/// <param name="ProductId">The product.</param>
/// <param name="CategoryId">Its category.</param>
/// <param name="CategoryCode">The category's dotted name.</param>
/// <param name="Brand">Its brand.</param>
/// <param name="Price">Of one piece.</param>
/// <param name="Quantity">Pieces.</param>
/// <param name="Url">The page.</param>
/// <param name="DurationMs">How long it was looked at.</param>
/// <param name="EventId">Its identity: null if all its fields are.</param>
public sealed record BackfillEvent(
    DateTimeOffset Time, EventKind Kind, string UserId, string? SessionKey, string? ProductId, string? CategoryId, string? CategoryCode, string? Brand, decimal Price,
    int Quantity, string? Url, long DurationMs, string? EventId);
