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
            CountCarts(session, tallies.CartHours);
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

    private static void CountCarts(List<ShopEvent> session, Dictionary<int, CartTally> hours)
    {
        foreach (var product in session.Where(one => one.ProductId is not null).GroupBy(one => one.ProductId))
        {
            var outcome = Outcome(product);
            if (outcome == CartOutcome.None)
            {
                continue;
            }

            var hour = product.Where(one => one.Kind == EventKind.Cart).Min(Hour);
            hours.TryAdd(hour, new CartTally());
            hours[hour].Purchased += outcome == CartOutcome.Purchased ? 1 : 0;
            hours[hour].Removed += outcome == CartOutcome.Removed ? 1 : 0;
            hours[hour].Abandoned += outcome == CartOutcome.Abandoned ? 1 : 0;
        }
    }

    private static int Hour(ShopEvent one) => (int)(one.TimeMs / 3_600_000);

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
