using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;

namespace OrleansAnalytics.Journeys;

/// <summary>Puts the two parts of a journey together at the border between them. Pure.</summary>
internal static class JourneyMerge
{
    private static readonly Dictionary<string, EventKind> Kinds = EventKinds.All.ToDictionary(kind => kind.Name(), StringComparer.Ordinal);

    /// <summary>The journey of a period.</summary>
    /// <param name="kept">All that the grain keeps.</param>
    /// <param name="border">Before it the steps are those of the lake, from it on those of the grain.</param>
    /// <param name="past">The lake's steps of the period, before the border.</param>
    /// <param name="from">Begin of the period, inclusive.</param>
    /// <param name="to">End of the period, exclusive; null for no end.</param>
    public static Journey Merge(Journey kept, DateTimeOffset border, LakePast past, DateTimeOffset from, DateTimeOffset? to)
    {
        var (fromMs, toMs, borderMs) = (CeilingMs(from), to is { } end ? CeilingMs(end) : long.MaxValue, border.ToUnixTimeMilliseconds());
        var old = past.Steps.ToLookup(step => Owner(kept, step));
        var sessions = new List<Session>();
        foreach (var session in kept.Sessions)
        {
            var live = session.Steps.Where(step => step.Time.ToUnixTimeMilliseconds() is var ms && ms >= borderMs && ms >= fromMs && ms < toMs);
            List<Step> steps = [.. old[session].Select(StepOf), .. live];
            if (steps.Count > 0)
            {
                sessions.Add(session with { Steps = steps });
            }
        }

        foreach (var session in old[null].GroupBy(step => (step.Key, step.StartMs, step.EndMs, step.SessionEvents)))
        {
            var (key, start, last, events) = session.Key;
            sessions.Add(new Session(key, Time(start), Time(last), events, [.. session.Select(StepOf)]));
        }

        return kept with { Sessions = [.. sessions.OrderBy(session => session.Start).ThenBy(session => session.Key, StringComparer.Ordinal)] };
    }

    /// <summary>Event times are whole milliseconds, so a bound within a millisecond begins at the next one.</summary>
    public static long CeilingMs(DateTimeOffset time) => time.ToUnixTimeMilliseconds() + (time.Ticks % TimeSpan.TicksPerMillisecond == 0 ? 0 : 1);

    /// <summary>The kept session that a step of the lake belongs to; null if the grain has dropped it.</summary>
    private static Session? Owner(Journey kept, LakePastStep step) => kept.Sessions.FirstOrDefault(session =>
        session.Key == step.Key && step.TimeMs >= session.Start.ToUnixTimeMilliseconds() && step.TimeMs <= session.End.ToUnixTimeMilliseconds());

    // Steps of the lake all lie before those of the grain, so the places count as positions: they only order equal times.
    private static Step StepOf(LakePastStep step) => new(Time(step.TimeMs), Kinds[step.Kind], step.Subject, Money.FromAmount(step.Price), step.Place);

    private static DateTimeOffset Time(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);
}
