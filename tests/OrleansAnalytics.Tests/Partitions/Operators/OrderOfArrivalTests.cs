using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;
using OrleansAnalytics.Reports;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions.Operators;

/// <summary>As long as no limit is reached, what is counted depends on the events and not on when they come.</summary>
public sealed class OrderOfArrivalTests
{
    [Fact]
    public void Tallies_are_those_of_the_definitions() =>
        RandomEntries.Log.Sample(log => AssertIsModel(log, log), iter: 1_000);

    [Fact]
    public void Tallies_do_not_depend_on_the_order_of_arrival() =>
        Gen.Select(RandomEntries.Log, Gen.Int[0, 10_000].Array[160]).Sample((log, keys) => AssertIsModel(log, RandomEntries.Shuffle(log, keys)), iter: 1_000);

    [Fact]
    public void A_history_told_backwards_is_the_same_history() =>
        RandomEntries.Log.Sample(log => AssertIsModel(log, [.. log.Reverse().Select((entry, i) => entry with { Position = i + 1 })]));

    [Fact]
    public void Late_is_what_comes_behind_the_highest_time_minus_the_allowed_lateness() =>
        RandomEntries.Log.Sample(log =>
        {
            var operators = new PartitionOperators(RandomEntries.Roomy);
            var (late, highest) = (0L, 0L);
            foreach (var entry in log)
            {
                if (operators.Process(entry) == EntryOutcome.Accepted)
                {
                    var lateness = (long)RandomEntries.Roomy.AllowedLateness.TotalMilliseconds;
                    late += entry.Event!.TimeMs < highest - lateness ? 1 : 0;
                    highest = Math.Max(highest, entry.Event.TimeMs);
                    Assert.Equal((late, highest - lateness), (operators.Late, operators.WatermarkMs));
                }
            }
        });

    [Fact]
    public void Parts_that_are_not_asked_for_are_empty() =>
        RandomEntries.Log.Sample(log =>
        {
            var operators = Run(log);
            var none = operators.Tallies(0, TallyParts.None);
            Assert.Equal((0, 0, 0, 0, 0, 0), (none.Hours.Count, none.Categories.Count, none.Brands.Count, none.CartHours.Count, none.VisitorsByDay.Count, none.ProductHashes.Count));
            Assert.Equal((0, 0, 0, 0, 0), (none.SubCategories.Count, none.CategoryDays.Count, none.Funnel.Sessions, none.FunnelDays.Count, none.FunnelCategories.Count));
            Assert.Equal((0, 0, 0, 0, 0), (none.CartCategories.Count, none.CartProducts.Count, none.Spend.Count, none.Pages.Count, none.AllPages.Visits));
            Assert.Equal(operators.Ingest.Received, none.Ingest.Received);
        }, iter: 20);

    [Fact]
    public void Tallies_once_given_do_not_change_when_events_go_on() =>
        RandomEntries.Log.Sample(log =>
        {
            var operators = Run(log[..(log.Length / 2)]);
            var given = operators.Tallies(0, TallyParts.All);
            var before = TallyText.Everything(given);
            Array.ForEach(log[(log.Length / 2)..], entry => operators.Process(entry));
            Assert.Equal(before, TallyText.Everything(given));
        });

    private static void AssertIsModel(LogEntry[] log, LogEntry[] arrived)
    {
        var operators = Run(arrived);
        Assert.Empty(operators.LimitsReached);
        Assert.Equal(TallyText.Counted(PlainModel.Of(log, RandomEntries.Roomy)), TallyText.Counted(operators.Tallies(0, TallyParts.All)));
    }

    private static PartitionOperators Run(LogEntry[] log)
    {
        var operators = new PartitionOperators(RandomEntries.Roomy);
        Array.ForEach(log, entry => operators.Process(entry));
        return operators;
    }
}
