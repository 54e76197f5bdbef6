namespace OrleansAnalytics.Ingest;

/// <summary>An event that could not be counted, kept for a person to look at.</summary>
[GenerateSerializer, Immutable, Alias("dead-letter")]
public sealed record DeadLetter
{
    /// <summary>The partition whose log holds the record.</summary>
    [Id(0)] public required int Partition { get; init; }

    /// <summary>Its position there; with <see cref="Entity"/> its identity, so a repeat overwrites.</summary>
    [Id(1)] public required long Position { get; init; }

    /// <summary>
    /// The entity that could not fold it (<c>product/123</c>), for <see cref="RejectReason.Poison"/>, or whose state is damaged; <c>log</c> for positions that the
    /// log lost; else empty.
    /// </summary>
    [Id(2)] public string Entity { get; init; } = "";

    /// <summary>Why.</summary>
    [Id(3)] public required RejectReason Reason { get; init; }

    /// <summary>More of why, in words, if there is more.</summary>
    [Id(4)] public string? Detail { get; init; }

    /// <summary>Where it came from: a file's name or <c>http</c>, and the number of the record there (<c>orders.csv:17</c>).</summary>
    [Id(5)] public required string Source { get; init; }

    /// <summary>When it arrived (for poison and damage: when the log took it), in milliseconds since 1970-01-01 UTC.</summary>
    [Id(6)] public required long ReceivedMs { get; init; }

    /// <summary>The record as it came, cut at the limit for raw text.</summary>
    [Id(7)] public required ReadOnlyMemory<byte> Raw { get; init; }

    /// <summary>How <see cref="Raw"/> is written.</summary>
    [Id(8)] public RawForm Form { get; init; }

    /// <summary>Its identity.</summary>
    public DeadLetterKey Key => new(Partition, Position, Entity);

    /// <summary>Its identity as text: <c>partition-position</c> or <c>partition-position-entity</c>.</summary>
    public string Id => Key.ToString();
}
