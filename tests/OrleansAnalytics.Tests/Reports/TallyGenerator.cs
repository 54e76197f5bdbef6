using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Tests.Reports;

/// <summary>Random tallies over few keys, so that those of different partitions meet.</summary>
internal static class TallyGenerator
{
    private static readonly Gen<KindTally> Kinds =
        Gen.Select(Gen.Long[0, 50].Array[EventKinds.Count], Gen.Long[0, 900_000].Array[EventKinds.Count], Gen.Long[0, 900_000], (events, prices, revenue) =>
            new KindTally { Events = events, Price = Array.ConvertAll(prices, units => new Money(units)), Revenue = new Money(revenue) });

    private static readonly Gen<CartTally> Carts =
        Gen.Select(Gen.Long[0, 9], Gen.Long[0, 9], Gen.Long[0, 9], (purchased, removed, abandoned) =>
            new CartTally { Purchased = purchased, Removed = removed, Abandoned = abandoned });

    private static readonly Gen<CategoryTally> Category =
        Gen.Select(Kinds.Null().Array[24], Kinds.Null().Array[7], (hours, weekdays) => new CategoryTally { HourOfDay = hours, Weekday = weekdays });

    private static readonly Gen<string> Name = Gen.OneOf(Gen.Const("a"), Gen.Const("b"), Gen.Const("ü"), Gen.Const("-1"));

    private static readonly Gen<IngestCounts> Ingest =
        Gen.Select(Gen.Long[0, 99], Gen.Long[0, 99], Gen.Dictionary(Gen.Int[0, RejectReasons.AtTheDoor.Count - 1].Select(index => RejectReasons.AtTheDoor[index]), Gen.Long[1, 9])[0, 3], (accepted, duplicates, rejected) =>
            new IngestCounts { Accepted = accepted, Duplicates = duplicates, Rejected = rejected });

    private static readonly Gen<(long Sessions, long Users, long OverTheRate, long Late, long WatermarkMs)> Numbers =
        Gen.Select(Gen.Long[0, 99], Gen.Long[0, 99], Gen.Long[0, 9], Gen.Long[0, 9], Gen.OneOf(Gen.Const(0L), Gen.Long[1, 5_000_000_000_000]));

    /// <summary>Tallies as of one position of <paramref name="partition"/>.</summary>
    public static Gen<SiteTallies> Of(int partition) =>
        from position in Gen.Long[0, 999]
        from numbers in Numbers
        from ingest in Ingest
        from hours in Gen.Dictionary(Gen.Int[436_000, 436_050], Kinds)[0, 6]
        from categories in Gen.Dictionary(Name, Category)[0, 3]
        from brands in Gen.Dictionary(Name, Kinds)[0, 4]
        from carts in Gen.Dictionary(Gen.Int[436_000, 436_050], Carts)[0, 6]
        from visitors in Gen.Dictionary(Gen.Int[18_000, 18_004], Gen.Long[1, 99])[0, 4]
        from products in Gen.ULong[0, 20].Array[0, 8]
        select new SiteTallies
        {
            AsOf = new Dictionary<int, long> { [partition] = position },
            WatermarkMs = numbers.WatermarkMs,
            Ingest = ingest,
            Hours = hours,
            Categories = categories,
            Brands = brands,
            CartHours = carts,
            VisitorsByDay = visitors,
            ProductHashes = products.ToHashSet(),
            Sessions = numbers.Sessions,
            Users = numbers.Users,
            OverTheRate = numbers.OverTheRate,
            Late = numbers.Late,
        };
}
