using OrleansAnalytics.Events;

namespace OrleansAnalytics.Catalog;

/// <summary>What happened to one product, category or brand, over all time and lately.</summary>
[GenerateSerializer, Immutable, Alias("activity")]
public sealed record Activity
{
    /// <summary>Events over all time.</summary>
    [Id(0)] public required long Events { get; init; }

    /// <summary>Events by kind; kinds without events are absent.</summary>
    [Id(1)] public required IReadOnlyDictionary<EventKind, long> Kinds { get; init; }

    /// <summary>Sum of purchases.</summary>
    [Id(2)] public required Money Revenue { get; init; }

    /// <summary>First event time.</summary>
    [Id(3)] public required DateTimeOffset FirstSeen { get; init; }

    /// <summary>Last event time.</summary>
    [Id(4)] public required DateTimeOffset LastSeen { get; init; }

    /// <summary>The last hours with events, oldest first; how many are kept is an option.</summary>
    [Id(5)] public required IReadOnlyList<HourlyActivity> Hours { get; init; }

    /// <summary>Purchases / views, as in the brand report; null without views.</summary>
    public decimal? Conversion =>
        Kinds.TryGetValue(EventKind.View, out var views) && views > 0
            ? decimal.Round((decimal)Kinds.GetValueOrDefault(EventKind.Purchase) / views, 6)
            : null;
}

/// <summary>Events of one hour.</summary>
/// <param name="Hour">Start of the hour, UTC.</param>
/// <param name="Kinds">Events by kind; kinds without events are absent.</param>
/// <param name="Revenue">Sum of purchases.</param>
[GenerateSerializer, Immutable, Alias("hourly-activity")]
public sealed record HourlyActivity(
    [property: Id(0)] DateTimeOffset Hour,
    [property: Id(1)] IReadOnlyDictionary<EventKind, long> Kinds,
    [property: Id(2)] Money Revenue);

/// <summary>A product.</summary>
[GenerateSerializer, Immutable, Alias("product-view")]
public sealed record ProductView(
    [property: Id(0)] string ProductId,
    [property: Id(1)] string? CategoryId,
    [property: Id(2)] string? CategoryCode,
    [property: Id(3)] string? Brand,
    [property: Id(4)] Money LastPrice,
    [property: Id(5)] Activity Activity);

/// <summary>A category with its profiles.</summary>
/// <param name="CategoryId">The category.</param>
/// <param name="CategoryCode">Its dotted name, if told.</param>
/// <param name="Activity">What happened in it.</param>
/// <param name="HourOfDay">24 buckets of events by hour of day, UTC.</param>
/// <param name="Weekday">7 buckets, Monday first.</param>
/// <param name="TopProducts">Products with the most events, at most as many as the ranking keeps.</param>
[GenerateSerializer, Immutable, Alias("category-view")]
public sealed record CategoryView(
    [property: Id(0)] string CategoryId,
    [property: Id(1)] string? CategoryCode,
    [property: Id(2)] Activity Activity,
    [property: Id(3)] IReadOnlyList<ProfileBucket> HourOfDay,
    [property: Id(4)] IReadOnlyList<ProfileBucket> Weekday,
    [property: Id(5)] IReadOnlyList<RankedProduct> TopProducts)
{
    /// <summary>Events of products that left the ranking because it was full; zero says that the ranking is exact.</summary>
    [Id(6)] public long UnrankedEvents { get; init; }
}

/// <summary>One bucket of a profile.</summary>
/// <param name="Label"><c>00</c>–<c>23</c> or <c>Mon</c>–<c>Sun</c>.</param>
/// <param name="Kinds">Events by kind; kinds without events are absent.</param>
/// <param name="Revenue">Sum of purchases.</param>
[GenerateSerializer, Immutable, Alias("profile-bucket")]
public sealed record ProfileBucket(
    [property: Id(0)] string Label,
    [property: Id(1)] IReadOnlyDictionary<EventKind, long> Kinds,
    [property: Id(2)] Money Revenue);

/// <summary>A product in a ranking.</summary>
[GenerateSerializer, Immutable, Alias("ranked-product")]
public sealed record RankedProduct([property: Id(0)] string ProductId, [property: Id(1)] long Events);

/// <summary>A brand.</summary>
[GenerateSerializer, Immutable, Alias("brand-view")]
public sealed record BrandView([property: Id(0)] string Brand, [property: Id(1)] Activity Activity);
