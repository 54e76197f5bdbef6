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

    private static readonly Gen<FunnelTally> Steps =
        Gen.Select(Gen.Long[0, 9], Gen.Long[0, 9], Gen.Long[0, 9], Gen.Long[0, 9], (sessions, view, cart, purchase) =>
            new FunnelTally { Sessions = sessions, View = view, Cart = cart, Purchase = purchase });

    private static readonly Gen<PageTally> Page = Gen.Select(Gen.Long[1, 9], Gen.Long[0, 9_999], Gen.Long[1, 9], (visits, durationMs, firstMs) => new PageTally { Visits = visits, DurationMs = durationMs, FirstMs = firstMs });

    private static readonly Gen<int> Day = Gen.Int[18_000, 18_004];

    /// <summary>What funnels, carts, spend and pages add.</summary>
    private static readonly Gen<SiteTallies> Details =
        from sub in Gen.Dictionary(Name, Kinds)[0, 3]
        from days in Gen.Dictionary(Name, Gen.Dictionary(Day, Gen.Long[1, 9])[1, 3])[0, 3]
        from funnel in Steps
        from funnelDays in Gen.Dictionary(Day, Steps)[0, 3]
        from funnelCategories in Gen.Dictionary(Name, Steps)[0, 3]
        from cartCategories in Gen.Dictionary(Name, Carts)[0, 3]
        from cartProducts in Gen.Dictionary(Name, Carts)[0, 3]
        from spend in Gen.Dictionary(Day, Gen.Dictionary(Name, Gen.Long[0, 99_999].Select(units => new Money(units)))[1, 3])[0, 3]
        from unlisted in Gen.Long[0, 999]
        from pages in Gen.Dictionary(Name, Page)[0, 3]
        from all in Page
        from users in Gen.Long[0, 9]
        select new SiteTallies
        {
            SubCategories = sub,
            CategoryDays = days,
            Funnel = funnel,
            FunnelDays = funnelDays,
            FunnelCategories = funnelCategories,
            CartCategories = cartCategories,
            CartProducts = cartProducts,
            Spend = spend,
            SpendUnlisted = new Money(unlisted),
            Pages = pages,
            AllPages = all,
            PageUsers = users,
        };

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
        from details in Details
        select details with
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
