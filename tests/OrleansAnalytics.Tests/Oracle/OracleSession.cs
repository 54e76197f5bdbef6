using OrleansAnalytics.Events;
using OrleansAnalytics.Reports;
using static OrleansAnalytics.Tests.Oracle.BatchOracle;

namespace OrleansAnalytics.Tests.Oracle;

/// <summary>What one whole session, its rows in order, adds to the tallies.</summary>
internal static class OracleSession
{
    public static void Count(List<OracleRow> session, SiteTallies tallies)
    {
        foreach (var steps in session.GroupBy(row => row.Product).Select(product => product.ToList()))
        {
            CountCart(steps, tallies);
        }

        CountFunnel(session, tallies.Funnel);
        CountFunnel(session, Get(tallies.FunnelDays, HourNumber(session[0]) / 24));
        var followed = session.Where(row => row.Kind is EventKind.View or EventKind.Cart or EventKind.Purchase);
        foreach (var category in followed.Where(row => row.Category is not null).GroupBy(row => row.Category!))
        {
            CountFunnel([.. category], Get(tallies.FunnelCategories, category.Key));
        }
    }

    private static void CountCart(List<OracleRow> steps, SiteTallies tallies)
    {
        var first = steps.FindIndex(step => step.Kind == EventKind.Cart);
        if (first < 0)
        {
            return;
        }

        Action<CartTally> count = cart => cart.Abandoned++;
        if (steps.FindIndex(first, step => step.Kind == EventKind.Purchase) >= 0)
        {
            count = cart => cart.Purchased++;
        }
        else if (steps.FindLast(step => step.Kind is EventKind.Cart or EventKind.RemoveFromCart)!.Kind == EventKind.RemoveFromCart)
        {
            count = cart => cart.Removed++;
        }

        count(Get(tallies.CartHours, HourNumber(steps[first])));
        count(Get(tallies.CartProducts, steps[first].Product));
        if (steps[first].Category is { } category)
        {
            count(Get(tallies.CartCategories, category));
        }
    }

    private static void CountFunnel(List<OracleRow> rows, FunnelTally funnel)
    {
        funnel.Sessions++;
        if (rows.Find(row => row.Kind == EventKind.View) is not { } view)
        {
            return;
        }

        funnel.View++;
        if (rows.Find(row => row.Kind == EventKind.Cart && row.TimeMs >= view.TimeMs) is not { } cart)
        {
            return;
        }

        funnel.Cart++;
        funnel.Purchase += rows.Exists(row => row.Kind == EventKind.Purchase && row.TimeMs >= cart.TimeMs) ? 1 : 0;
    }
}
