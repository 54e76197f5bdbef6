using System.Runtime.InteropServices;
using OrleansAnalytics.Events;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>Where sessions are counted. Null is a tally that is not wanted, or beyond its limit.</summary>
internal interface ISessionTallies
{
    CartTally? CartHour(int hour);

    CartTally? CartCategory(string categoryId);

    CartTally? CartProduct(string productId);

    FunnelTally? Funnel { get; }

    FunnelTally? FunnelDay(int day);

    FunnelTally? FunnelCategory(string categoryId);
}

/// <summary>Counts sessions that are open, as if they ended now, into what a report asked for.</summary>
internal sealed class OpenSessionTallies(SiteTallies tallies, TallyParts parts) : ISessionTallies
{
    private readonly bool _hours = parts.HasFlag(TallyParts.Carts);
    private readonly bool _details = parts.HasFlag(TallyParts.CartDetails);
    private readonly bool _funnel = parts.HasFlag(TallyParts.Funnel);

    public FunnelTally? Funnel => _funnel ? tallies.Funnel : null;

    public CartTally? CartHour(int hour) => _hours ? Of(tallies.CartHours, hour) : null;

    public CartTally? CartCategory(string categoryId) => _details ? Of(tallies.CartCategories, categoryId) : null;

    public CartTally? CartProduct(string productId) => _details ? Of(tallies.CartProducts, productId) : null;

    public FunnelTally? FunnelDay(int day) => _funnel ? Of(tallies.FunnelDays, day) : null;

    public FunnelTally? FunnelCategory(string categoryId) => _funnel ? Of(tallies.FunnelCategories, categoryId) : null;

    private static TTally Of<TKey, TTally>(Dictionary<TKey, TTally> into, TKey key)
        where TKey : notnull
        where TTally : class, new() => CollectionsMarshal.GetValueRefOrAddDefault(into, key, out _) ??= new TTally();
}

/// <summary>What one session adds to the tallies.</summary>
internal static class SessionCounting
{
    /// <summary>Counts the session's carts and how far it came.</summary>
    public static void CountInto(this in SessionWindow window, ISessionTallies tallies)
    {
        if (window.Carts is { } carts)
        {
            foreach (var cart in carts)
            {
                cart.CountInto(tallies);
            }
        }

        if (tallies.Funnel is not { } funnel)
        {
            return;
        }

        window.Funnel.CountInto(funnel);
        if (tallies.FunnelDay(EventTime.Day(window.FirstMs)) is { } day)
        {
            window.Funnel.CountInto(day);
        }

        for (var i = 0; i < window.Categories.Count; i++)
        {
            var category = window.Categories[i];
            if (tallies.FunnelCategory(category.CategoryId) is { } tally)
            {
                category.Steps.CountInto(tally);
            }
        }
    }

    /// <summary>Adds an outcome.</summary>
    public static void Add(this CartTally tally, CartOutcome outcome)
    {
        switch (outcome)
        {
            case CartOutcome.Purchased:
                tally.Purchased++;
                break;
            case CartOutcome.Removed:
                tally.Removed++;
                break;
            case CartOutcome.Abandoned:
                tally.Abandoned++;
                break;
        }
    }

    private static void CountInto(this CartRecord cart, ISessionTallies tallies)
    {
        var outcome = cart.Outcome;
        if (outcome == CartOutcome.None)
        {
            return;
        }

        tallies.CartHour(EventTime.Hour(cart.FirstCartMs))?.Add(outcome);
        tallies.CartProduct(cart.ProductId)?.Add(outcome);
        if (cart.CategoryId is { } category)
        {
            tallies.CartCategory(category)?.Add(outcome);
        }
    }
}
