namespace OrleansAnalytics.Client;

/// <summary>Which dead letters are meant: those for which everything holds that is set.</summary>
public sealed record DeadLetterFilter
{
    /// <summary>With this reason: <c>bad_time</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>Of this source: a file's name, or one record of it (<c>orders.csv:17</c>).</summary>
    public string? Source { get; init; }

    /// <summary>In this partition.</summary>
    public int? Partition { get; init; }

    /// <summary>Arrived at or after this time.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Arrived before this time.</summary>
    public DateTimeOffset? To { get; init; }
}

/// <summary>A page of dead letters.</summary>
/// <param name="DeadLetters">By id.</param>
/// <param name="Next">What to ask for after these; null at the end.</param>
public sealed record DeadLetterPage(IReadOnlyList<DeadLetterRecord> DeadLetters, string? Next);

/// <summary>A record that could not be counted.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Partition">The partition whose log holds it.</param>
/// <param name="Position">Its position there.</param>
/// <param name="Entity">The entity that could not fold it; empty if it was refused at the door.</param>
/// <param name="Reason">Why: <c>bad_time</c>.</param>
/// <param name="Detail">More of why, in words.</param>
/// <param name="Source">Where it came from: <c>orders.csv:17</c>.</param>
/// <param name="ReceivedAt">When it arrived.</param>
/// <param name="Raw">The record as it came, cut at the server's limit.</param>
public sealed record DeadLetterRecord(
    string Id, int Partition, long Position, string? Entity, string Reason, string? Detail, string Source, DateTimeOffset ReceivedAt, string? Raw)
{
    /// <summary>How the record is written: <c>json</c>, <c>csv</c> or <c>unknown</c>.</summary>
    public string? Format { get; init; }

    /// <summary>The header line of its file, for CSV.</summary>
    public string? Header { get; init; }

    /// <summary>Only the beginning of the record was kept.</summary>
    public bool IsCut { get; init; }
}

/// <summary>What became of a dead letter that was to be replayed.</summary>
/// <param name="Id">The letter.</param>
/// <param name="Outcome">
/// <c>appended</c>: the server's log has the record and the letter is gone; <c>rejected</c>: still not valid; <c>not_replayable</c>; <c>not_found</c>.
/// </param>
/// <param name="Reason">Why it is still a dead letter.</param>
/// <param name="Detail">More of why, in words.</param>
public sealed record ReplayedDeadLetter(string Id, string Outcome, string? Reason, string? Detail);

/// <summary>What became of several.</summary>
/// <param name="DeadLetters">One by one.</param>
/// <param name="Appended">How many the log has.</param>
/// <param name="Rejected">How many are still not valid.</param>
/// <param name="NotReplayable">How many cannot be replayed.</param>
/// <param name="NotFound">How many ids had no letter.</param>
/// <param name="Next">What to ask for after these; null at the end.</param>
public sealed record ReplayResult(IReadOnlyList<ReplayedDeadLetter> DeadLetters, int Appended, int Rejected, int NotReplayable, int NotFound, string? Next);

/// <summary>How many dead letters were dropped.</summary>
/// <param name="Dropped">So many.</param>
/// <param name="Next">What to ask for after these; null at the end.</param>
public sealed record DropResult(int Dropped, string? Next);

/// <summary>The body of a replay by ids.</summary>
internal sealed record ReplayIds(IReadOnlyList<string> Ids);
