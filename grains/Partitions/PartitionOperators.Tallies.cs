using OrleansAnalytics.Partitions.Operators;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Partitions;

public sealed partial class PartitionOperators
{
    /// <summary>What this partition holds for reports. A copy: it may leave the partition while events go on.</summary>
    public SiteTallies Tallies(int partition, TallyParts parts)
    {
        var tallies = new SiteTallies
        {
            AsOf = { [partition] = Position },
            WatermarkMs = WatermarkMs,
            Ingest = new IngestCounts { Accepted = _ingest.Accepted, Duplicates = _ingest.Duplicates, Rejected = new(_ingest.Rejected) },
            OverTheRate = _rate.OverTheRate,
            Late = Late,
            Sessions = _sessions.Sessions,
            Users = _visitors.Users,
        };
        if (parts.HasFlag(TallyParts.Hours))
        {
            Copy(_counters.Hours, tallies.Hours);
        }

        if (parts.HasFlag(TallyParts.Brands))
        {
            Copy(_counters.Brands, tallies.Brands);
        }

        if (parts.HasFlag(TallyParts.Categories))
        {
            foreach (var (id, category) in _counters.Categories)
            {
                tallies.Categories[id] = new CategoryTally { HourOfDay = [.. category.HourOfDay.Select(Copy)], Weekday = [.. category.Weekday.Select(Copy)] };
            }
        }

        _sessions.CountInto(tallies, parts);
        if (parts.HasFlag(TallyParts.SubCategories))
        {
            Copy(_counters.SubCategories, tallies.SubCategories);
        }

        if (parts.HasFlag(TallyParts.CategoryDays))
        {
            _counters.CountCategoryDays(tallies.CategoryDays);
        }

        if (parts.HasFlag(TallyParts.Spend))
        {
            _spend.CountInto(tallies);
        }

        if (parts.HasFlag(TallyParts.Pages))
        {
            _pages.CountInto(tallies);
        }

        if (parts.HasFlag(TallyParts.Visitors))
        {
            _visitors.CountDays(tallies.VisitorsByDay);
        }

        if (parts.HasFlag(TallyParts.Totals))
        {
            tallies.ProductHashes.UnionWith(_visitors.Products);
        }

        return tallies;
    }

    private static void Copy<TKey>(IEnumerable<KeyValuePair<TKey, KindTally>> from, Dictionary<TKey, KindTally> to)
        where TKey : notnull
    {
        foreach (var (key, tally) in from)
        {
            to[key] = Copy(tally)!;
        }
    }

    private static KindTally? Copy(KindTally? tally) =>
        tally is null ? null : new KindTally { Events = [.. tally.Events], Price = [.. tally.Price], Revenue = tally.Revenue };
}
