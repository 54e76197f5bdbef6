using System.Text;

namespace OrleansAnalytics.Ingest;

/// <summary>A page of dead letters.</summary>
internal sealed record DeadLetterPage(IReadOnlyList<DeadLetterLine> DeadLetters, string? Next);

/// <summary>A dead letter as it is told.</summary>
internal sealed record DeadLetterLine(
    string Id,
    int Partition,
    long Position,
    string Entity,
    string Reason,
    string? Detail,
    string Source,
    DateTimeOffset ReceivedAt,
    string Format,
    string? Header,
    bool IsCut,
    string Raw)
{
    // Bytes that are no UTF-8 show as replacement characters, a binary record in hexadecimal; the store has them as they came.
    public static DeadLetterLine Of(DeadLetter letter) => new(
        letter.Id,
        letter.Partition,
        letter.Position,
        letter.Entity,
        letter.Reason.Name(),
        letter.Detail,
        letter.Source,
        DateTimeOffset.FromUnixTimeMilliseconds(letter.ReceivedMs),
        letter.Form.Kind.ToString().ToLowerInvariant(),
        letter.Form.Header,
        letter.Form.IsCut,
        letter.Form.Kind == RawKind.Binary ? Convert.ToHexStringLower(letter.Raw.Span) : Encoding.UTF8.GetString(letter.Raw.Span));
}

/// <summary>Which letters to replay, if not those of a filter.</summary>
internal sealed record ReplayRequest(IReadOnlyList<string>? Ids);

/// <summary>What became of letters that were to be replayed.</summary>
internal sealed record ReplayAnswer(IReadOnlyList<ReplayAnswer.Line> DeadLetters, int Appended, int Rejected, int NotReplayable, int NotFound, string? Next)
{
    public static ReplayAnswer Of(IReadOnlyList<ReplayLine> lines, string? next) =>
        new([.. lines.Select(Line.Of)], Count(lines, ReplayOutcome.Appended), Count(lines, ReplayOutcome.Rejected), Count(lines, ReplayOutcome.NotReplayable), Count(lines, ReplayOutcome.NotFound), next);

    private static int Count(IReadOnlyList<ReplayLine> lines, ReplayOutcome outcome) => lines.Count(line => line.Outcome == outcome);

    internal sealed record Line(string Id, string Outcome, string? Reason, string? Detail)
    {
        public static Line Of(ReplayLine line) => new(line.Id, Name(line.Outcome), line.Reason?.Name(), line.Detail);

        private static string Name(ReplayOutcome outcome) => outcome switch
        {
            ReplayOutcome.Appended => "appended",
            ReplayOutcome.Rejected => "rejected",
            ReplayOutcome.NotReplayable => "not_replayable",
            ReplayOutcome.NotFound => "not_found",
            _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "not an outcome"),
        };
    }
}

/// <summary>How many letters were dropped.</summary>
internal sealed record DropAnswer(int Dropped, string? Next);
