using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Pages;
using OrleansAnalytics.Tests.Journeys;
using Xunit;

namespace OrleansAnalytics.Tests.Pages;

public sealed class PageFoldTests
{
    private static readonly Gen<ShopEvent[]> Visits =
        Gen.Select(Gen.Long[-1_000_000, 2_000_000_000_000], Gen.Long[0, 10_000_000])
            .Select((time, duration) => RandomEvents.Event(time, EventKind.Page, "x") with { DurationMs = duration })
            .Array[1, 30];

    [Fact]
    public void A_page_sums_its_visits() =>
        Visits.Sample(visits =>
        {
            var seconds = visits.Sum(v => v.DurationMs) / 1000m;
            Assert.Equal(
                new PageView("x", visits.Length, seconds, Math.Round(seconds / visits.Length, 4), visits.Min(v => v.Time), visits.Max(v => v.Time)),
                new PageFold().FoldAll(visits).ToView("x"));
        });

    [Fact]
    public void A_stored_page_goes_on_as_if_it_had_never_been_stored() =>
        Gen.Select(Visits, Gen.Int[0, 30]).Sample((visits, at) =>
        {
            at = Math.Min(at, visits.Length);
            var read = new PageFold().FoldAll(visits);
            var stored = new PageFold().FoldAll(visits[..at]).Stored();
            read.ReadFrom(stored);
            Assert.Equal(new PageFold().FoldAll(visits).ToView("x"), read.FoldAll(visits[at..]).ToView("x"));
            for (var length = 0; length < stored.Length; length++)
            {
                Assert.Throws<DamagedFormatException>(() => new PageFold().ReadFrom(stored.AsSpan(0, length)));
            }

            Assert.Throws<DamagedFormatException>(() => new PageFold().ReadFrom([.. stored, 0]));
        });

    [Fact]
    public void What_is_no_visit_is_poison()
    {
        Assert.Throws<ArgumentException>(() => new PageFold().Fold(RandomEvents.Event(1, EventKind.View, "x"), 1));
        Assert.Throws<ArgumentException>(() => new PageFold().Fold(RandomEvents.Event(1, EventKind.Page, "x") with { DurationMs = -1 }, 1));
    }

    [Fact]
    public void Nothing_is_told_of_a_page_without_visits() => Assert.Null(new PageFold().ToView("x"));
}
