using System.Runtime.InteropServices;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Reports;

/// <summary>
/// Adds up what partitions hold. Users never span partitions, so everything is a sum, except products, which are a union. The order of merging
/// does not matter; empty tallies change nothing.
/// </summary>
public static class SiteTalliesMerger
{
    /// <summary>Adds <paramref name="other"/> to <paramref name="into"/>, which afterwards shares nothing mutable with it.</summary>
    /// <returns><paramref name="into"/>.</returns>
    /// <exception cref="ArgumentException">Both hold the same partition, which would count it twice. Nothing was changed.</exception>
    public static SiteTallies Merge(this SiteTallies into, SiteTallies other)
    {
        foreach (var partition in other.AsOf.Keys)
        {
            if (into.AsOf.ContainsKey(partition))
            {
                throw new ArgumentException($"partition {partition} is already merged", nameof(other));
            }
        }

        foreach (var (partition, position) in other.AsOf)
        {
            into.AsOf.Add(partition, position);
        }

        into.WatermarkMs = LowestWatermark(into.WatermarkMs, other.WatermarkMs);
        into.Sessions += other.Sessions;
        into.Users += other.Users;
        into.OverTheRate += other.OverTheRate;
        into.Late += other.Late;
        into.ProductHashes.UnionWith(other.ProductHashes);
        AddCounts(into.Ingest, other.Ingest);
        AddNumbers(into.VisitorsByDay, other.VisitorsByDay);
        AddKindTallies(into.Hours, other.Hours);
        AddKindTallies(into.Brands, other.Brands);
        AddCategories(into.Categories, other.Categories);
        AddCarts(into.CartHours, other.CartHours);
        AddKindTallies(into.SubCategories, other.SubCategories);
        AddCarts(into.CartCategories, other.CartCategories);
        AddCarts(into.CartProducts, other.CartProducts);
        AddDays(into.CategoryDays, other.CategoryDays);
        AddFunnels(into, other);
        AddSpend(into, other);
        AddPages(into, other);
        return into;
    }

    /// <summary>Adds counts and sums by kind to <paramref name="into"/>.</summary>
    public static void Add(this KindTally into, KindTally other)
    {
        for (var kind = 0; kind < EventKinds.Count; kind++)
        {
            into.Events[kind] += other.Events[kind];
            into.Price[kind] += other.Price[kind];
        }

        into.Revenue += other.Revenue;
    }

    /// <summary>Adds the outcomes of carts to <paramref name="into"/>.</summary>
    public static void Add(this CartTally into, CartTally other)
    {
        into.Purchased += other.Purchased;
        into.Removed += other.Removed;
        into.Abandoned += other.Abandoned;
    }

    /// <summary>Adds the steps of sessions to <paramref name="into"/>.</summary>
    public static void Add(this FunnelTally into, FunnelTally other)
    {
        into.Sessions += other.Sessions;
        into.View += other.View;
        into.Cart += other.Cart;
        into.Purchase += other.Purchase;
    }

    /// <summary>Adds visits to <paramref name="into"/>; the sum of their durations stays at the greatest number instead of overflowing.</summary>
    public static void Add(this PageTally into, PageTally other)
    {
        if (other.Visits == 0)
        {
            return;
        }

        into.FirstMs = into.Visits == 0 ? other.FirstMs : Math.Min(into.FirstMs, other.FirstMs);
        into.Visits += other.Visits;
        into.DurationMs = long.CreateSaturating((Int128)into.DurationMs + other.DurationMs);
    }

    // A partition that has seen no event (0) says nothing about how far the others are.
    private static long LowestWatermark(long left, long right) =>
        left == 0 ? right : right == 0 ? left : Math.Min(left, right);

    private static void AddCounts(IngestCounts into, IngestCounts other)
    {
        into.Accepted += other.Accepted;
        into.Duplicates += other.Duplicates;
        AddNumbers(into.Rejected, other.Rejected);
    }

    private static void AddNumbers<TKey>(Dictionary<TKey, long> into, Dictionary<TKey, long> other)
        where TKey : notnull
    {
        foreach (var (key, count) in other)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(into, key, out _) += count;
        }
    }

    private static void AddKindTallies<TKey>(Dictionary<TKey, KindTally> into, Dictionary<TKey, KindTally> other)
        where TKey : notnull
    {
        foreach (var (key, tally) in other)
        {
            (CollectionsMarshal.GetValueRefOrAddDefault(into, key, out _) ??= new KindTally()).Add(tally);
        }
    }

    private static void AddCategories(Dictionary<string, CategoryTally> into, Dictionary<string, CategoryTally> other)
    {
        foreach (var (key, tally) in other)
        {
            var sum = CollectionsMarshal.GetValueRefOrAddDefault(into, key, out _) ??= new CategoryTally();
            AddBuckets(sum.HourOfDay, tally.HourOfDay);
            AddBuckets(sum.Weekday, tally.Weekday);
        }
    }

    private static void AddBuckets(KindTally?[] into, KindTally?[] other)
    {
        for (var bucket = 0; bucket < into.Length; bucket++)
        {
            if (other[bucket] is { } tally)
            {
                (into[bucket] ??= new KindTally()).Add(tally);
            }
        }
    }

    private static void AddDays(Dictionary<string, Dictionary<int, long>> into, Dictionary<string, Dictionary<int, long>> other)
    {
        foreach (var (category, days) in other)
        {
            AddNumbers(CollectionsMarshal.GetValueRefOrAddDefault(into, category, out _) ??= [], days);
        }
    }

    private static void AddFunnels(SiteTallies into, SiteTallies other)
    {
        into.Funnel.Add(other.Funnel);
        foreach (var (day, tally) in other.FunnelDays)
        {
            (CollectionsMarshal.GetValueRefOrAddDefault(into.FunnelDays, day, out _) ??= new FunnelTally()).Add(tally);
        }

        foreach (var (category, tally) in other.FunnelCategories)
        {
            (CollectionsMarshal.GetValueRefOrAddDefault(into.FunnelCategories, category, out _) ??= new FunnelTally()).Add(tally);
        }
    }

    private static void AddSpend(SiteTallies into, SiteTallies other)
    {
        into.SpendUnlisted += other.SpendUnlisted;
        foreach (var (day, customers) in other.Spend)
        {
            var sums = CollectionsMarshal.GetValueRefOrAddDefault(into.Spend, day, out _) ??= [];
            foreach (var (customer, spent) in customers)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(sums, customer, out _) += spent;
            }
        }
    }

    private static void AddPages(SiteTallies into, SiteTallies other)
    {
        into.PageUsers += other.PageUsers;
        into.AllPages.Add(other.AllPages);
        foreach (var (url, tally) in other.Pages)
        {
            (CollectionsMarshal.GetValueRefOrAddDefault(into.Pages, url, out _) ??= new PageTally()).Add(tally);
        }
    }

    private static void AddCarts<TKey>(Dictionary<TKey, CartTally> into, Dictionary<TKey, CartTally> other)
        where TKey : notnull
    {
        foreach (var (key, tally) in other)
        {
            (CollectionsMarshal.GetValueRefOrAddDefault(into, key, out _) ??= new CartTally()).Add(tally);
        }
    }
}
