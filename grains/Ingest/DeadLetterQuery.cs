namespace OrleansAnalytics.Ingest;

/// <summary>Which dead letters to list.</summary>
/// <param name="Partition">Only of this partition; null for all.</param>
/// <param name="Reason">Only with this reason; null for all.</param>
/// <param name="AfterPartition">With <paramref name="AfterPosition"/> and <paramref name="AfterEntity"/>: list what comes after this letter.</param>
/// <param name="AfterPosition">See <paramref name="AfterPartition"/>; 0 starts the partition.</param>
/// <param name="Limit">At most this many.</param>
/// <param name="AfterEntity">See <paramref name="AfterPartition"/>; null is behind all letters of that position.</param>
public sealed record DeadLetterQuery(
    int? Partition = null, RejectReason? Reason = null, int AfterPartition = 0, long AfterPosition = 0, int Limit = 100, string? AfterEntity = null)
{
    /// <summary>Only of this source: a file's name (<c>orders.csv</c>) or one record of it (<c>orders.csv:17</c>); null for all.</summary>
    public string? Source { get; init; }

    /// <summary>Only those that arrived at or after this time, in milliseconds since 1970-01-01 UTC; null for all.</summary>
    public long? FromMs { get; init; }

    /// <summary>Only those that arrived before this time; null for all.</summary>
    public long? ToMs { get; init; }

    /// <summary>Also what is left of removed letters.</summary>
    public bool IncludeRemoved { get; init; }

    /// <summary>True if the letter is one of those asked for, wherever the listing begins.</summary>
    public bool Matches(DeadLetter letter) =>
        (Partition is null || letter.Partition == Partition)
        && (Reason is null || letter.Reason == Reason)
        && (Source is null || IsOf(letter.Source, Source))
        && (FromMs is null || letter.ReceivedMs >= FromMs)
        && (ToMs is null || letter.ReceivedMs < ToMs);

    /// <summary>True if the letter comes behind the place where the listing begins.</summary>
    public bool IsBehind(DeadLetterKey key) => AfterEntity is null
        ? (key.Partition, key.Position).CompareTo((AfterPartition, AfterPosition)) > 0
        : key.CompareTo(new DeadLetterKey(AfterPartition, AfterPosition, AfterEntity)) > 0;

    private static bool IsOf(string source, string wanted) =>
        source.StartsWith(wanted, StringComparison.Ordinal) && (source.Length == wanted.Length || source[wanted.Length] == ':');
}
