using OrleansAnalytics.Events;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Lake;
using Xunit;

namespace OrleansAnalytics.Tests.Journeys;

/// <summary>Where the lake's part of a journey ends and the grain's begins.</summary>
public sealed class JourneyMergeTests
{
    private const long Border = 1_000_000;

    private static readonly Session Kept = new("s", Time(Border), Time(Border + 5), 4, [StepAt(Border), StepAt(Border + 5)]);

    [Fact]
    public void A_step_at_the_border_is_the_grains() =>
        Assert.Equal([Border - 1, Border, Border + 5], StepsOf(Merge(Border - 10, null, Old(Border - 1))));

    [Fact]
    public void Without_an_older_step_the_grains_are_all_there() => Assert.Equal([Border, Border + 5], StepsOf(Merge(Border, null)));

    [Fact]
    public void The_end_of_the_period_is_not_in_it() => Assert.Equal([Border - 1, Border], StepsOf(Merge(Border - 10, Border + 5, Old(Border - 1))));

    [Fact]
    public void A_step_of_a_kept_session_joins_it_and_another_one_is_a_session_of_its_own()
    {
        var kept = Kept with { Start = Time(Border - 100) };
        var merged = JourneyMerge.Merge(Of(kept), Time(Border), new LakePast(2, [Old(Border - 50), Old(Border - 500)], IsCut: false), Time(0), null);
        Assert.Equal([1, 3], merged.Sessions.Select(session => session.Steps.Count));
        Assert.Equal([Border - 500, Border - 50, Border, Border + 5], StepsOf(merged));
    }

    private static Journey Merge(long from, long? to, params LakePastStep[] old) =>
        JourneyMerge.Merge(Of(Kept), Time(Border), new LakePast(old.Length, old, IsCut: false), Time(from), to is { } end ? Time(end) : null);

    private static IEnumerable<long> StepsOf(Journey journey) => journey.Sessions.SelectMany(session => session.Steps).Select(step => step.Time.ToUnixTimeMilliseconds());

    private static LakePastStep Old(long ms) => new(ms, "view", "p", 1, 0, "s", ms, ms, 1);

    private static Step StepAt(long ms) => new(Time(ms), EventKind.View, "p", Money.FromAmount(1), ms);

    private static DateTimeOffset Time(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);

    private static Journey Of(Session session) => new()
    {
        UserId = "u",
        Events = 10,
        Kinds = new Dictionary<EventKind, long>(),
        SessionCount = 2,
        Revenue = Money.FromAmount(0),
        FirstSeen = Time(0),
        LastSeen = session.End,
        OpenCart = [],
        Sessions = [session],
        Truncated = true,
        KeptFrom = Time(Border),
    };
}
