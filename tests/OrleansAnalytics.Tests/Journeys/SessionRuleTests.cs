using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Journeys;
using Xunit;

namespace OrleansAnalytics.Tests.Journeys;

public sealed class SessionRuleTests
{
    private const long TimeoutMs = 30 * 60_000;

    [Fact]
    public void Sessions_InAnyOrderOfArrival_AreTheRunsOfTheSortedEvents() =>
        RandomEvents.Journey.Sample(events =>
        {
            var journey = new JourneyFold(new JourneyOptions()).FoldAll(events).ToJourney("u")!;
            Assert.Equal(Model(events), journey.Sessions.Select(Describe));
            Assert.Equal(journey.Sessions.Count, journey.SessionCount);
            Assert.False(journey.Truncated);
        });

    [Fact]
    public void Sessions_WithEventsOfOneKeyInOrder_AreTheRunsOfTheEvents() =>
        RandomEvents.Journey.Sample(events =>
        {
            var inOrder = events.Select(e => e with { SessionKey = null }).OrderBy(e => e.TimeMs).ToArray();
            var journey = new JourneyFold(new JourneyOptions()).FoldAll(inOrder).ToJourney("u")!;
            Assert.Equal(Model(inOrder), journey.Sessions.Select(Describe));
        });

    [Fact]
    public void Totals_CountEveryEvent() =>
        RandomEvents.Journey.Sample(events =>
        {
            var journey = new JourneyFold(new JourneyOptions { MaxSessionsKept = 1, MaxStepsPerSession = 1, MaxCartLines = 1 }).FoldAll(events).ToJourney("u")!;
            Assert.Equal(events.Length, journey.Events);
            Assert.Equal(events.CountBy(e => e.Kind).OrderBy(k => k.Key).Select(k => (k.Key, (long)k.Value)), journey.Kinds.OrderBy(k => k.Key).Select(k => (k.Key, k.Value)));
            Assert.Equal(events.Where(e => e.Kind == EventKind.Purchase).Sum(e => e.Price.Units * e.Quantity), journey.Revenue.Units);
            Assert.Equal(events.Min(e => e.TimeMs), journey.FirstSeen.ToUnixTimeMilliseconds());
            Assert.Equal(events.Max(e => e.TimeMs), journey.LastSeen.ToUnixTimeMilliseconds());
        });

    [Theory]
    [InlineData(TimeoutMs, 1)]
    [InlineData(TimeoutMs + 1, 2)]
    public void A_gap_of_the_timeout_is_still_one_session(long gapMs, long sessions)
    {
        var fold = new JourneyFold(new JourneyOptions()).FoldAll([View(0), View(gapMs)]);
        Assert.Equal(sessions, fold.ToJourney("u")!.SessionCount);
    }

    [Fact]
    public void A_late_event_that_bridges_two_sessions_makes_them_one()
    {
        var fold = new JourneyFold(new JourneyOptions()).FoldAll([View(0), View(2 * TimeoutMs)]);
        Assert.Equal(2, fold.ToJourney("u")!.SessionCount);

        fold.Fold(View(TimeoutMs), 3);

        var session = Assert.Single(fold.ToJourney("u")!.Sessions);
        Assert.Equal(3, session.Events);
        Assert.Equal([1L, 3L, 2L], session.Steps.Select(s => s.Position));
    }

    [Fact]
    public void A_period_cuts_sessions_and_steps_but_not_totals() =>
        Gen.Select(RandomEvents.Journey, Gen.Int[0, 60], Gen.Int[0, 60]).Sample((events, a, b) =>
        {
            var from = DateTimeOffset.FromUnixTimeMilliseconds(RandomEvents.StartMs + (Math.Min(a, b) * RandomEvents.TenMinutesMs));
            var to = DateTimeOffset.FromUnixTimeMilliseconds(RandomEvents.StartMs + (Math.Max(a, b) * RandomEvents.TenMinutesMs));
            var fold = new JourneyFold(new JourneyOptions()).FoldAll(events);
            var (whole, cut) = (fold.ToJourney("u")!, fold.ToJourney("u", from, to)!);
            Assert.Equal(
                whole.Sessions.SelectMany(s => s.Steps).Where(s => s.Time >= from && s.Time < to),
                cut.Sessions.SelectMany(s => s.Steps));
            Assert.All(cut.Sessions, s => Assert.NotEmpty(s.Steps));
            Assert.Equal(RandomEvents.Text(whole with { Sessions = [] }), RandomEvents.Text(cut with { Sessions = [] }));
        });

    private static ShopEvent View(long sinceStartMs) => RandomEvents.Event(RandomEvents.StartMs + sinceStartMs, EventKind.View, "p1");

    private static string Describe(Session s) =>
        $"{s.Key} {s.Start.ToUnixTimeMilliseconds()} {s.End.ToUnixTimeMilliseconds()} {s.Events}: "
        + string.Join(' ', s.Steps.Select(x => $"{x.Time.ToUnixTimeMilliseconds()}/{x.Position}/{x.Kind}/{x.Subject}/{x.Price}"));

    /// <summary>The definition: per key, events by time, cut where the gap is longer than the timeout.</summary>
    private static IEnumerable<string> Model(ShopEvent[] events)
    {
        var sessions = new List<List<(ShopEvent Event, long Position)>>();
        foreach (var key in events.Select((e, i) => (Event: e, Position: i + 1L)).GroupBy(e => e.Event.SessionKey))
        {
            List<(ShopEvent Event, long Position)>? run = null;
            foreach (var next in key.OrderBy(e => e.Event.TimeMs).ThenBy(e => e.Position))
            {
                if (run is null || next.Event.TimeMs - run[^1].Event.TimeMs > TimeoutMs)
                {
                    sessions.Add(run = []);
                }

                run.Add(next);
            }
        }

        return sessions
            .OrderBy(s => s[0].Event.TimeMs).ThenBy(s => s[0].Event.SessionKey, StringComparer.Ordinal)
            .Select(s => $"{s[0].Event.SessionKey} {s[0].Event.TimeMs} {s[^1].Event.TimeMs} {s.Count}: "
                + string.Join(' ', s.Select(x => $"{x.Event.TimeMs}/{x.Position}/{x.Event.Kind}/{x.Event.ProductId ?? x.Event.Url}/{x.Event.Price}")));
    }
}
