namespace OrleansAnalytics.Client;

/// <summary>What the server said to sent events.</summary>
/// <param name="Received">Records it read.</param>
/// <param name="Appended">Events it has durably in its log. Duplicates are found later and not counted here.</param>
/// <param name="RejectedTotal">Records it put to the dead letters.</param>
/// <param name="Rejected">The first of those, with their index.</param>
public sealed record SendResult(long Received, long Appended, long RejectedTotal, IReadOnlyList<RejectedRecord> Rejected)
{
    /// <summary>How many rejections are kept in <see cref="Rejected"/> when results are added up.</summary>
    public const int RejectedKept = 1_000;

    /// <summary>Nothing sent.</summary>
    public static SendResult Nothing { get; } = new(0, 0, 0, []);

    /// <summary>The sum; indexes of <paramref name="next"/> are moved behind what was sent before.</summary>
    internal SendResult Plus(SendResult next, long sentBefore) => new(
        Received + next.Received,
        Appended + next.Appended,
        RejectedTotal + next.RejectedTotal,
        next.Rejected.Count == 0 || Rejected.Count >= RejectedKept
            ? Rejected
            : [.. Rejected, .. next.Rejected.Take(RejectedKept - Rejected.Count).Select(r => r with { Index = r.Index + sentBefore })]);
}

/// <summary>A record that was put to the dead letters.</summary>
/// <param name="Index">Its zero-based index among all records of the call.</param>
/// <param name="Reason">Why, by its name on the wire: <c>bad_time</c>.</param>
public sealed record RejectedRecord(long Index, string Reason);
