using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Partitions.Operators;

namespace OrleansAnalytics.Tests.Partitions.Operators;

/// <summary>
/// Random logs in which things meet: few users, session keys and products, times a millisecond around multiples of ten minutes over several days,
/// bursts, entries that come again, records that the door rejected.
/// </summary>
internal static class RandomEntries
{
    private const long StartMs = 1_569_888_000_000;
    private const long TenMinutesMs = 600_000;
    private static readonly string?[] Codes = [null, "a.x", "a.y.z", "b.x", "b"];

    /// <summary>An event like any other.</summary>
    public static readonly ShopEvent View = new() { Id = new EventId(1, 1), TimeMs = StartMs, Kind = EventKind.View, UserId = "u", ProductId = "p", SessionKey = "s" };

    /// <summary>Events without repetition, all with ids of their own.</summary>
    public static readonly Gen<ShopEvent[]> Events = Gen.OneOf(Event(700).Array[1, 80], Event(12).Array[1, 80])
        .Select(events => events.Select((one, i) => one with { Id = new EventId(7, (ulong)i) }).ToArray());

    /// <summary>A log from position 1 on.</summary>
    public static readonly Gen<LogEntry[]> Log = Gen.Select(Events, Gen.Int[0, 1_000_000].Array[80], (events, picks) => Arrange(events, picks));

    /// <summary>Limits so small that every one of them is reached all the time.</summary>
    public static readonly Gen<OperatorOptions> TinyLimits =
        from lateness in Gen.Int[0, 3]
        from sessions in Gen.Int[1, 4]
        from stragglers in Gen.Int[0, 8]
        from products in Gen.Int[1, 2]
        from windows in Gen.Int[1, 4]
        from rate in Gen.Int[1, 3]
        from days in Gen.Int[1, 2]
        from keys in Gen.Int[1, 3]
        select new OperatorOptions
        {
            AllowedLateness = TimeSpan.FromMinutes(20 * lateness),
            MaxSessions = sessions,
            StragglerEvents = stragglers,
            MaxCartProducts = products,
            MaxRateWindows = windows,
            RateLimit = rate,
            MaxVisitorDays = days,
            MaxHours = keys,
            MaxCategories = keys,
            MaxBrands = keys,
            MaxDistinct = keys,
            DeduplicationWindow = keys,
            MaxSubCategories = keys,
            MaxCategoryDays = days,
            MaxFunnelCategories = products,
            MaxFunnelCarts = products,
            MaxFunnelDays = days,
            MaxCartProductTallies = keys,
            MaxSpendRows = sessions,
            MaxPages = keys,
        };

    /// <summary>No limit is reached by a random log, but bursts are over the rate.</summary>
    public static OperatorOptions Roomy => new() { RateLimit = 2 };

    /// <summary>Puts events into a log; now and then an earlier entry comes again, or a rejected record comes between.</summary>
    public static LogEntry[] Arrange(ShopEvent[] events, int[] picks)
    {
        var entries = new List<LogEntry>();
        for (var i = 0; i < events.Length; i++)
        {
            var pick = picks[i % picks.Length];
            switch (pick % 8)
            {
                case 0 when entries.Count > 0:
                    entries.Add(entries[pick / 8 % entries.Count] with { Position = entries.Count + 1 });
                    break;
                case 1:
                    entries.Add(new LogEntry(entries.Count + 1, null, Rejected((ulong)i, RejectReasons.AtTheDoor[pick / 8 % RejectReasons.AtTheDoor.Count])));
                    break;
            }

            entries.Add(new LogEntry(entries.Count + 1, events[i], null));
        }

        return [.. entries];
    }

    /// <summary>The same entries in the order of <paramref name="keys"/>, at positions of their own.</summary>
    public static LogEntry[] Shuffle(LogEntry[] entries, int[] keys) =>
        [.. entries.Select((entry, i) => (entry, Key: keys[i % keys.Length])).OrderBy(one => one.Key).Select((one, i) => one.entry with { Position = i + 1 })];

    private static Rejection Rejected(ulong number, RejectReason reason) => new(new EventId(8, number), reason, "file:1", StartMs, default, null);

    private static Gen<ShopEvent> Event(int slots) =>
        from slot in Gen.Int[0, slots]
        from offset in Gen.Int[-1, 1]
        from kind in Gen.Int[1, 5]
        from user in Gen.Int[1, 4]
        from key in Gen.Int[0, 2]
        from product in Gen.Int[1, 4]
        from price in Gen.Int[0, 3]
        from quantity in Gen.Int[1, 3]
        from told in Gen.Int[0, 4]
        select new ShopEvent
        {
            Id = default,
            TimeMs = StartMs + (slot * TenMinutesMs) + offset,
            Kind = (EventKind)kind,
            UserId = "u" + user,
            SessionKey = key == 0 ? null : "s" + key,
            ProductId = kind == (int)EventKind.Page ? null : "p" + product,
            Url = kind == (int)EventKind.Page ? "https://shop/" + product : null,
            Price = new Money(price * 12_345),
            Quantity = quantity,
            DurationMs = kind == (int)EventKind.Page ? quantity * 1_500 : 0,
            CategoryId = told == 0 ? null : "c" + told,
            CategoryCode = Codes[told],
            Brand = told == 4 ? null : "b" + told,
        };
}
