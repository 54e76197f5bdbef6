using OrleansAnalytics.Client;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Tests.Formats;

/// <summary>The entries that fixtures are made of. Never changed: a new format version that needs more has a list of its own.</summary>
internal static class FixtureEvents
{
    public const string User = "user-1";
    public const string Product = "1004856";
    public const string Category = "2053013555631882655";
    public const string Brand = "samsung";
    public const string Url = "https://shop/über?a=1";
    private const long StartMs = 1_569_888_000_000;

    /// <summary>Every kind of event, fields that are there and that are not, two users, two sessions, a day between.</summary>
    public static IReadOnlyList<ShopEvent> Events { get; } =
    [
        Event(1, 0, EventKind.View, Product),
        Event(2, 5_000, EventKind.Cart, Product),
        Event(3, 9_000, EventKind.Purchase, Product) with { Quantity = 3 },
        Event(4, 10_000, EventKind.Cart, "p-é") with { CategoryId = null, CategoryCode = null, Brand = null, Price = Money.Zero },
        Event(5, 11_000, EventKind.RemoveFromCart, "p-é") with { Price = new Money(1) },
        Event(6, 12_000, EventKind.Page, null),
        Event(7, 86_400_000, EventKind.View, "7") with { SessionKey = "s2" },
        Event(8, 86_401_000, EventKind.Cart, Product) with { UserId = "ü2", SessionKey = null },
        Event(9, 1_000, EventKind.View, Product) with { Price = new Money(long.MaxValue / 4) },
    ];

    /// <summary>A record that the door rejected.</summary>
    public static Rejection Rejected { get; } = new(new EventId(8, 9), RejectReason.MangledId, "orders.csv:17", StartMs, new byte[] { 0, 255, 65 }, "2.1E+18");

    /// <summary>As a partition's log has them: the events, the rejection, and a repeated event.</summary>
    public static IReadOnlyList<LogEntry> Entries { get; } =
    [
        .. Events.Select((one, index) => new LogEntry(index + 1, one, null)),
        new LogEntry(Events.Count + 1, null, Rejected),
        new LogEntry(Events.Count + 2, Events[0], null),
    ];

    /// <summary>How a rejected record's text is written.</summary>
    public static RawForm Form { get; } = new(RawKind.Csv, IsCut: true, "user_id,é");

    /// <summary>What a batch can hold: since version 2 also a rejection that says how its text is written.</summary>
    public static IReadOnlyList<LogEntry> BatchEntries { get; } =
    [
        .. Entries,
        new LogEntry(Entries.Count + 1, null, Rejected with { Id = new EventId(8, 10), Form = Form }),
    ];

    /// <summary>As a producer sends them: every field, and the last one without a user.</summary>
    public static IReadOnlyList<ShopEventInput> Sent { get; } =
    [
        new()
        {
            EventTime = DateTimeOffset.FromUnixTimeMilliseconds(StartMs), Kind = EventKind.Purchase, UserId = User, ProductId = Product, CategoryId = Category,
            CategoryCode = "electronics.smartphone", Brand = Brand, Price = 130.7650m, SessionKey = "s1", Quantity = 3, EventId = "e1",
        },
        new() { EventTime = DateTimeOffset.FromUnixTimeMilliseconds(StartMs + 1), Kind = EventKind.Page, UserId = "ü2", Url = Url, Duration = TimeSpan.FromSeconds(12.5) },
        new() { EventTime = DateTimeOffset.FromUnixTimeMilliseconds(StartMs + 2), Kind = EventKind.RemoveFromCart, UserId = "", ProductId = new string('p', 200) },
    ];

    private static ShopEvent Event(ulong id, long afterMs, EventKind kind, string? product) => new()
    {
        Id = new EventId(0x0102030405060708, id),
        TimeMs = StartMs + afterMs,
        Kind = kind,
        UserId = User,
        SessionKey = "s1",
        ProductId = product,
        CategoryId = product is null ? null : Category,
        CategoryCode = product is null ? null : "electronics.smartphone",
        Brand = product is null ? null : Brand,
        Price = product is null ? Money.Zero : new Money(1_307_600),
        Url = product is null ? Url : null,
        DurationMs = product is null ? 1_500 : 0,
    };
}
