using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Journeys;
using Xunit;

namespace OrleansAnalytics.Tests.Journeys;

public sealed class JourneyLimitsTests
{
    [Fact]
    public void Beyond_the_limit_of_steps_the_newest_are_kept_and_all_are_counted() =>
        RandomEvents.Journey.Sample(events =>
        {
            var whole = new JourneyFold(new JourneyOptions()).FoldAll(events).ToJourney("u")!;
            var limited = new JourneyFold(new JourneyOptions { MaxStepsPerSession = 3 }).FoldAll(events).ToJourney("u")!;
            Assert.Equal(
                whole.Sessions.Select(s => RandomEvents.Text(s with { Steps = s.Steps.TakeLast(3).ToArray() })),
                limited.Sessions.Select(RandomEvents.Text));
            Assert.Equal(whole.SessionCount, limited.SessionCount);
            Assert.Equal(whole.Sessions.Any(s => s.Events > 3), limited.Truncated);
        });

    [Fact]
    public void Beyond_the_limit_of_sessions_the_newest_are_kept_and_all_are_counted() =>
        RandomEvents.Journey.Sample(events =>
        {
            var inOrder = events.Select(e => e with { SessionKey = "one" }).OrderBy(e => e.TimeMs).ToArray();
            var whole = new JourneyFold(new JourneyOptions()).FoldAll(inOrder).ToJourney("u")!;
            var limited = new JourneyFold(new JourneyOptions { MaxSessionsKept = 2 }).FoldAll(inOrder).ToJourney("u")!;
            Assert.Equal(whole.Sessions.TakeLast(2).Select(RandomEvents.Text), limited.Sessions.Select(RandomEvents.Text));
            Assert.Equal(whole.SessionCount, limited.SessionCount);
            Assert.Equal(whole.SessionCount > 2, limited.Truncated);
        });

    [Fact]
    public void A_period_after_all_that_was_dropped_is_not_truncated()
    {
        var fold = new JourneyFold(new JourneyOptions { MaxSessionsKept = 1 }).FoldAll([ViewAt(0), ViewAt(10), ViewAt(20)]);
        Assert.True(fold.ToJourney("u", from: Hour(10))!.Truncated);
        Assert.False(fold.ToJourney("u", from: Hour(11))!.Truncated);
        Assert.False(fold.ToJourney("u", to: Hour(0))!.Truncated);
    }

    [Fact]
    public void A_late_event_from_the_time_of_dropped_sessions_opens_no_new_one()
    {
        var fold = new JourneyFold(new JourneyOptions { MaxSessionsKept = 1 }).FoldAll([ViewAt(5), ViewAt(10), ViewAt(4)]);
        var journey = fold.ToJourney("u")!;
        Assert.Equal(2, journey.SessionCount);
        Assert.Equal(3, journey.Events);
        Assert.Equal(Hour(4), journey.FirstSeen);
    }

    [Fact]
    public void Long_subjects_stay_within_the_limit_of_bytes()
    {
        var options = new JourneyOptions { MaxStepBytes = 20_000 };
        var fold = new JourneyFold(options);
        for (var i = 0; i < 300; i++)
        {
            var visit = RandomEvents.Event(RandomEvents.StartMs + (i * 60_000L * (i % 50 == 0 ? 40 : 1)), EventKind.Page, new string('x', 1_000) + i);
            fold.Fold(visit, i + 1);
            Assert.InRange(fold.Stored().Length, 1, options.MaxStepBytes + 1_000);
        }

        var journey = fold.ToJourney("u")!;
        Assert.Equal(300, journey.Events);
        Assert.True(journey.Truncated);
        Assert.NotEmpty(journey.Sessions);
    }

    [Fact]
    public void Every_wrong_option_is_reported_at_once()
    {
        var wrong = new JourneyOptions { SessionTimeout = TimeSpan.Zero, MaxSessionsKept = 0, MaxStepsPerSession = 0, MaxStepBytes = 1, MaxCartLines = -1 };
        Assert.Equal(5, new JourneyOptionsValidator().Validate(null, wrong).Failures!.Count());
        Assert.True(new JourneyOptionsValidator().Validate(null, new JourneyOptions()).Succeeded);
    }

    private static DateTimeOffset Hour(int hour) => DateTimeOffset.FromUnixTimeMilliseconds(RandomEvents.StartMs).AddHours(hour);

    private static ShopEvent ViewAt(int hour) => RandomEvents.Event(Hour(hour).ToUnixTimeMilliseconds(), EventKind.View, "p1");
}
