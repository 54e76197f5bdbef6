using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions.Operators;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Tests.Partitions.Operators;

/// <summary>The tallies of a set of entries from the definitions of the reports: sort, group, count. No limits, no watermark.</summary>
internal static class PlainModel
{
    public static SiteTallies Of(IReadOnlyList<LogEntry> entries, OperatorOptions options)
    {
        var distinct = entries.DistinctBy(entry => entry.Event?.Id ?? entry.Rejection!.Id).ToList();
        var events = distinct.Where(entry => entry.Event is not null).Select(entry => entry.Event!).ToList();
        var tallies = new SiteTallies
        {
            Users = events.Select(one => one.UserId).Distinct().Count(),
            OverTheRate = events.GroupBy(one => (one.UserId, one.TimeMs / 10_000)).LongCount(window => window.Count() > options.RateLimit),
            ProductHashes = events.Where(one => one.ProductId is not null).Select(one => StoredHash.Of(one.ProductId!)).ToHashSet(),
            VisitorsByDay = events.GroupBy(one => (int)(one.TimeMs / 86_400_000)).ToDictionary(day => day.Key, day => day.Select(one => one.UserId).Distinct().LongCount()),
            Hours = events.GroupBy(Hour).ToDictionary(hour => hour.Key, Kinds),
            Brands = events.Where(one => one.Brand is not null).GroupBy(one => one.Brand!).ToDictionary(brand => brand.Key, Kinds),
            Categories = events.Where(one => one.CategoryId is not null).GroupBy(one => one.CategoryId!).ToDictionary(category => category.Key, Category),
            SubCategories = events.Where(one => one.CategoryCode?.Contains('.') == true).GroupBy(one => one.CategoryCode!.Split('.')[1]).ToDictionary(name => name.Key, Kinds),
            CategoryDays = events.Where(one => one.CategoryId is not null).GroupBy(one => one.CategoryId!)
                .ToDictionary(category => category.Key, category => category.GroupBy(Day).ToDictionary(day => day.Key, day => day.LongCount())),
            Spend = events.Where(one => one.Kind == EventKind.Purchase).GroupBy(Day)
                .ToDictionary(day => day.Key, day => day.GroupBy(one => one.UserId).ToDictionary(user => user.Key, user => Sum(user.Select(one => one.Price * one.Quantity)))),
            Pages = events.Where(one => one.Kind == EventKind.Page).GroupBy(one => one.Url!).ToDictionary(page => page.Key, Visits),
            AllPages = Visits(events.Where(one => one.Kind == EventKind.Page)),
            PageUsers = events.Where(one => one.Kind == EventKind.Page).Select(one => one.UserId).Distinct().Count(),
        };
        tallies.Ingest.Accepted = events.Count;
        tallies.Ingest.Duplicates = entries.Count - distinct.Count;
        foreach (var reason in distinct.Where(entry => entry.Rejection is not null).GroupBy(entry => entry.Rejection!.Reason))
        {
            tallies.Ingest.Rejected[reason.Key] = reason.Count();
        }

        foreach (var session in events.GroupBy(one => (one.UserId, one.SessionKey)).SelectMany(key => SplitByGaps(key.OrderBy(one => one.TimeMs))))
        {
            tallies.Sessions++;
            CountCarts(session, tallies);
            CountFunnel(session, tallies.Funnel);
            CountFunnel(session, Get(tallies.FunnelDays, session.Min(Day)));
            var steps = session.Where(one => one.Kind is EventKind.View or EventKind.Cart or EventKind.Purchase);
            foreach (var category in steps.Where(one => one.CategoryId is not null).GroupBy(one => one.CategoryId!))
            {
                CountFunnel([.. category], Get(tallies.FunnelCategories, category.Key));
            }
        }

        return tallies;
    }

    /// <summary>How the cart of one product in one session ended: the actions in order of time, the cart event first among equals.</summary>
    public static CartOutcome Outcome(IEnumerable<ShopEvent> actions)
    {
        var ordered = actions.OrderBy(one => one.TimeMs).ThenBy(one => one.Kind == EventKind.Cart ? 0 : 1).ToList();
        var first = ordered.FindIndex(one => one.Kind == EventKind.Cart);
        if (first < 0)
        {
            return CartOutcome.None;
        }

        if (ordered.Skip(first).Any(one => one.Kind == EventKind.Purchase))
        {
            return CartOutcome.Purchased;
        }

        return ordered.Last(one => one.Kind is EventKind.Cart or EventKind.RemoveFromCart).Kind == EventKind.RemoveFromCart ? CartOutcome.Removed : CartOutcome.Abandoned;
    }

    /// <summary>How many of view, cart and purchase these events reach, in that order: all triples of times are tried.</summary>
    public static int Steps(IReadOnlyList<(EventKind Kind, long TimeMs)> events)
    {
        long[] Times(EventKind kind) => [.. events.Where(one => one.Kind == kind).Select(one => one.TimeMs)];
        var (views, carts, purchases) = (Times(EventKind.View), Times(EventKind.Cart), Times(EventKind.Purchase));
        var reached = carts.Where(cart => views.Any(view => view <= cart)).ToList();
        return views.Length == 0 ? 0 : reached.Count == 0 ? 1 : reached.Any(cart => purchases.Any(purchase => purchase >= cart)) ? 3 : 2;
    }

    private static void CountFunnel(List<ShopEvent> events, FunnelTally tally)
    {
        var steps = Steps([.. events.Select(one => (one.Kind, one.TimeMs))]);
        tally.Sessions++;
        tally.View += steps >= 1 ? 1 : 0;
        tally.Cart += steps >= 2 ? 1 : 0;
        tally.Purchase += steps >= 3 ? 1 : 0;
    }

    private static IEnumerable<List<ShopEvent>> SplitByGaps(IEnumerable<ShopEvent> ordered)
    {
        var session = new List<ShopEvent>();
        foreach (var one in ordered)
        {
            if (session.Count > 0 && one.TimeMs - session[^1].TimeMs > 30 * 60_000)
            {
                yield return session;
                session = [];
            }

            session.Add(one);
        }

        yield return session;
    }

    private static void CountCarts(List<ShopEvent> session, SiteTallies tallies)
    {
        foreach (var product in session.Where(one => one.ProductId is not null).GroupBy(one => one.ProductId))
        {
            var outcome = Outcome(product);
            if (outcome == CartOutcome.None)
            {
                continue;
            }

            var first = product.Where(one => one.Kind == EventKind.Cart)
                .OrderBy(one => one.TimeMs).ThenBy(one => one.CategoryId is null).ThenBy(one => one.CategoryId, StringComparer.Ordinal).First();
            Count(Get(tallies.CartHours, Hour(first)), outcome);
            Count(Get(tallies.CartProducts, product.Key!), outcome);
            if (first.CategoryId is { } category)
            {
                Count(Get(tallies.CartCategories, category), outcome);
            }
        }
    }

    private static void Count(CartTally tally, CartOutcome outcome)
    {
        tally.Purchased += outcome == CartOutcome.Purchased ? 1 : 0;
        tally.Removed += outcome == CartOutcome.Removed ? 1 : 0;
        tally.Abandoned += outcome == CartOutcome.Abandoned ? 1 : 0;
    }

    private static TTally Get<TKey, TTally>(Dictionary<TKey, TTally> tallies, TKey key)
        where TKey : notnull
        where TTally : new() => tallies.TryGetValue(key, out var tally) ? tally : tallies[key] = new TTally();

    private static PageTally Visits(IEnumerable<ShopEvent> visits) => new() { Visits = visits.LongCount(), DurationMs = visits.Sum(one => one.DurationMs), FirstMs = visits.Select(one => one.TimeMs).DefaultIfEmpty().Min() };

    private static Money Sum(IEnumerable<Money> amounts) => amounts.Aggregate(Money.Zero, (sum, one) => sum + one);

    private static int Hour(ShopEvent one) => (int)(one.TimeMs / 3_600_000);

    private static int Day(ShopEvent one) => (int)(one.TimeMs / 86_400_000);

    private static CategoryTally Category(IEnumerable<ShopEvent> events)
    {
        var tally = new CategoryTally();
        foreach (var hour in events.GroupBy(one => one.Time.Hour))
        {
            tally.HourOfDay[hour.Key] = Kinds(hour);
        }

        foreach (var day in events.GroupBy(one => ((int)one.Time.DayOfWeek + 6) % 7))
        {
            tally.Weekday[day.Key] = Kinds(day);
        }

        return tally;
    }

    private static KindTally Kinds(IEnumerable<ShopEvent> events)
    {
        var tally = new KindTally();
        foreach (var one in events)
        {
            tally.Events[(int)one.Kind - 1]++;
            tally.Price[(int)one.Kind - 1] += one.Price;
            tally.Revenue += one.Kind == EventKind.Purchase ? one.Price * one.Quantity : Money.Zero;
        }

        return tally;
    }
}
