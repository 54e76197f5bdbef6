using System.Globalization;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Journeys;

/// <summary>
/// Journeys that reach back beyond what the user's grain keeps: up to a border the steps are the lake's, from there on the grain's
/// (<c>grains/decisions/0022-old-steps-come-from-the-lake.md</c>).
/// </summary>
internal sealed partial class JourneyPast(
    IGrainFactory grains, JourneyQuestions journeys, IEventLog log, LakeFolder folder, LakeQuestions questions, IOptions<LakeQueryOptions> options, ILogger<JourneyPast> logger)
{
    /// <summary>Whether the lake may have steps of the period that the grain has not. Costs nothing if the period begins within what the grain keeps.</summary>
    /// <param name="journey">What the grain says.</param>
    /// <param name="from">The begin of the period; null asks for what the grain keeps.</param>
    public bool Reaches(Journey journey, DateTimeOffset? from) =>
        from is { } begin && begin < BorderOf(journey) && (journey.KeptFrom is not null || folder.HasImports());

    /// <summary>The journey with its old steps.</summary>
    /// <param name="journey">What the grain says of the period.</param>
    /// <param name="from">Begin of the period, inclusive.</param>
    /// <param name="to">End of the period, exclusive; null for no end.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<LongJourney> CompleteAsync(Journey journey, DateTimeOffset from, DateTimeOffset? to, CancellationToken stop)
    {
        // With all that the grain keeps: sessions that cross the border are told whole.
        var kept = await journeys.GetAsync(journey.UserId, null, null) ?? journey;
        var border = BorderOf(kept);
        var steps = kept.Sessions.Sum(session => session.Steps.Count(step => step.Time >= border));
        var (past, trouble) = await AskAsync(journey.UserId, border, from, to, stop);
        if (past is not null && past.LoggedEvents + steps < kept.Events)
        {
            // Dropped by the grain sooner than written to the lake: a busy user, or old events that came just now.
            await WriteLakeAsync(journey.UserId, stop);
            (past, trouble) = await AskAsync(journey.UserId, border, from, to, stop);
        }

        if (past is null)
        {
            return new LongJourney(journey, $"Steps before {Text(border)} are missing: {trouble}");
        }

        var missing = kept.Events - past.LoggedEvents - steps;
        var note = missing > 0 ? $"The lake lacks {missing.ToString(CultureInfo.InvariantCulture)} events of this user." : past.IsCut ? "There are more old steps than one answer may have; ask for a shorter period." : null;
        return new LongJourney(JourneyMerge.Merge(kept, border, past, from, to) with { Truncated = note is not null }, note);
    }

    /// <summary>Brings the lake up; if it cannot be, the count says so.</summary>
    private async Task WriteLakeAsync(string user, CancellationToken stop)
    {
        try
        {
            await grains.GetGrain<IPartitionGrain>(PartitionRouter.PartitionOf(user, log.PartitionCount)).WriteLakeAsync().WaitAsync(options.Value.TimeLimit, stop);
        }
        catch (Exception exception) when (!stop.IsCancellationRequested)
        {
            LogNotWritten(exception);
        }
    }

    private static DateTimeOffset BorderOf(Journey journey) => journey.KeptFrom ?? journey.FirstSeen;

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);

    [LoggerMessage(72, LogLevel.Debug, "The lake could not be brought up for a journey that reaches back into it")]
    private partial void LogNotWritten(Exception exception);

    private Task<(LakePast? Past, string? Trouble)> AskAsync(string user, DateTimeOffset border, DateTimeOffset from, DateTimeOffset? to, CancellationToken stop)
    {
        var borderMs = border.ToUnixTimeMilliseconds();
        var toMs = to is { } end ? Math.Min(JourneyMerge.CeilingMs(end), borderMs) : borderMs;
        return questions.TryAskAsync(user, (database, cancel) => LakePast.Of(database, user, borderMs, JourneyMerge.CeilingMs(from), toMs, cancel), stop);
    }
}

/// <summary>A journey whose older part comes from the lake.</summary>
/// <param name="Journey">The journey.</param>
/// <param name="Note">What is missing, and why; null if nothing is.</param>
internal sealed record LongJourney(Journey Journey, string? Note);
