namespace OrleansAnalytics.Ingest;

/// <summary>What became of a dead letter that was to be replayed.</summary>
public enum ReplayOutcome : byte
{
    /// <summary>The record is valid now and durable in the log; the letter is gone.</summary>
    Appended = 0,

    /// <summary>The record is still not valid; nothing was appended and the letter is as it was.</summary>
    Rejected = 1,

    /// <summary>There is nothing that the door could take; the letter is as it was.</summary>
    NotReplayable = 2,

    /// <summary>There is no such letter: it was replayed or dropped, or has expired.</summary>
    NotFound = 3,
}

/// <summary>
/// Gives the records of dead letters to the door again. What is valid gets the identity that it would have had if it had been right when it was
/// first sent, so a letter that is replayed twice, or whose corrected record was also sent, counts once. Safe for concurrent use.
/// </summary>
public sealed class LetterReplay(EventDoor door, IDeadLetterStore store, TimeProvider time)
{
    private const string Source = "replay";

    /// <summary>Replays letters; those whose record is appended are removed once the log has them.</summary>
    /// <exception cref="Events.EventLogUnavailableException">The log took no more. No letter is removed; replaying all of them again later counts nothing twice.</exception>
    public ValueTask<IReadOnlyList<ReplayLine>> ReplayAsync(IEnumerable<DeadLetter> letters, CancellationToken cancellationToken = default) =>
        ReplayAsync(letters.Select(letter => (letter, LetterText.Of(letter, out var problem), problem)), cancellationToken);

    /// <summary>Replays one letter with a corrected record instead of its own.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="body">A JSON object, or a CSV header and a line, or a line alone.</param>
    /// <param name="asked">Its format; null = by how it begins.</param>
    /// <param name="cancellationToken">Stops before anything is removed.</param>
    /// <exception cref="Events.EventLogUnavailableException">The log took it not.</exception>
    public async ValueTask<ReplayLine> CorrectAsync(DeadLetter letter, ReadOnlyMemory<byte> body, RecordFormat? asked, CancellationToken cancellationToken = default) =>
        (await ReplayAsync([(letter, LetterText.OfCorrection(body, asked, letter.Form, out var problem), problem)], cancellationToken))[0];

    private async ValueTask<IReadOnlyList<ReplayLine>> ReplayAsync(
        IEnumerable<(DeadLetter Letter, LetterText? Text, string? Problem)> letters, CancellationToken cancellationToken)
    {
        using var session = door.Begin(Source);
        var lines = new List<ReplayLine>();
        var appended = new List<DeadLetterKey>();
        foreach (var (letter, text, problem) in letters)
        {
            var line = Take(letter, text, problem, session);
            lines.Add(line);
            if (line.Outcome == ReplayOutcome.Appended)
            {
                appended.Add(letter.Key);
            }

            await session.MakeRoomAsync(cancellationToken);
        }

        await session.FlushAsync(cancellationToken);
        await store.RemoveAsync(appended, cancellationToken);
        return lines;
    }

    private ReplayLine Take(DeadLetter letter, LetterText? text, string? problem, IngestSession session)
    {
        if (Irreparable(letter.Reason) is { } why)
        {
            return new ReplayLine(letter.Id, ReplayOutcome.NotReplayable, letter.Reason, why);
        }

        if (text is not { } record)
        {
            return new ReplayLine(letter.Id, ReplayOutcome.NotReplayable, letter.Reason, problem);
        }

        var draft = new EventDraft();
        if (record.Record.Length > door.Options.MaxRecordBytes)
        {
            return new ReplayLine(letter.Id, ReplayOutcome.Rejected, RejectReason.TooLong, $"a record has at most {door.Options.MaxRecordBytes} bytes");
        }

        try
        {
            if (!record.TryParse(draft, out var malformed))
            {
                return new ReplayLine(letter.Id, ReplayOutcome.Rejected, RejectReason.Malformed, malformed);
            }
        }
        catch (SourceException exception)
        {
            return new ReplayLine(letter.Id, ReplayOutcome.Rejected, RejectReason.Malformed, exception.Message);
        }

        // Asked before it is given to the door, which would append a rejection.
        if (EventValidation.Check(draft, door.Options, time.GetUtcNow().ToUnixTimeMilliseconds()) is { } reason)
        {
            return new ReplayLine(letter.Id, ReplayOutcome.Rejected, reason, draft.Detail);
        }

        session.Add(draft);
        return new ReplayLine(letter.Id, ReplayOutcome.Appended, null, null);
    }

    private static string? Irreparable(RejectReason reason) => reason switch
    {
        RejectReason.Poison => "the event is in the log and counted by everyone but this entity, which cannot get it a second time alone: run a version that can fold it, and build the state anew from the log",
        RejectReason.Damaged => "what was stored cannot be read, so it is not known which records it held: send their file again",
        _ => null,
    };
}

/// <summary>What became of one letter.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Reason">Why it is still a dead letter.</param>
/// <param name="Detail">More of why, in words.</param>
public sealed record ReplayLine(string Id, ReplayOutcome Outcome, RejectReason? Reason, string? Detail);
