using System.Buffers;
using System.Text.Json;
using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Tests.Journeys;

/// <summary>Random events that meet: few sessions and products, distinct ids, times a millisecond around whole multiples of ten minutes.</summary>
internal static class RandomEvents
{
    public const long StartMs = 1_569_888_000_000;
    public const long TenMinutesMs = 600_000;

    public static readonly Gen<ShopEvent[]> Journey = Gen.OneOf(Shop(60).Array[1, 60], Shop(1).Array[1, 60])
        .Select(events => events.Select((e, i) => e with { Id = new EventId(e.Id.High, (ulong)i) }).ToArray());

    public static readonly Gen<ShopEvent[]> OfProducts = Journey.Select(events => events.Where(e => e.Kind != EventKind.Page).ToArray());

    /// <summary>Few slots give many events of the same millisecond.</summary>
    public static Gen<ShopEvent> Shop(int slots) =>
        from slot in Gen.Int[0, slots]
        from offset in Gen.Int[-1, 1]
        from kind in Gen.Int[1, 5]
        from key in Gen.Int[0, 2]
        from product in Gen.Int[1, 4]
        from price in Gen.Int[0, 3]
        from quantity in Gen.Int[1, 3]
        from told in Gen.Int[0, 3]
        from id in Gen.ULong
        select Event(StartMs + (slot * TenMinutesMs) + offset, (EventKind)kind, "p" + product) with
        {
            Id = new EventId(id, 0),
            SessionKey = key == 0 ? null : "s" + key,
            Price = new Money(price * 12_345),
            Quantity = quantity,
            CategoryId = told == 0 ? null : "c" + told,
            CategoryCode = told < 2 ? null : "code." + told,
            Brand = told == 3 ? null : "b" + told,
        };

    public static ShopEvent Event(long timeMs, EventKind kind, string subject) => new()
    {
        Id = new EventId(1, (ulong)timeMs),
        TimeMs = timeMs,
        Kind = kind,
        UserId = "u",
        ProductId = kind == EventKind.Page ? null : subject,
        Url = kind == EventKind.Page ? "https://shop/" + subject : null,
        DurationMs = kind == EventKind.Page ? 1_500 : 0,
    };

    public static TFold FoldAll<TFold>(this TFold fold, IEnumerable<ShopEvent> events, long after = 0)
        where TFold : EntityFold
    {
        foreach (var shopEvent in events)
        {
            fold.Fold(shopEvent, ++after);
        }

        return fold;
    }

    public static byte[] Stored(this IStoredState state)
    {
        var output = new ArrayBufferWriter<byte>();
        state.WriteTo(output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Everything a contract record holds, to compare two.</summary>
    public static string Text(object? view) => JsonSerializer.Serialize(view);
}
