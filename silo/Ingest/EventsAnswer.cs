using System.Text.Json.Serialization;

namespace OrleansAnalytics.Ingest;

/// <summary>What became of a body. received = appended + rejectedTotal.</summary>
/// <param name="Received">Records in the body.</param>
/// <param name="Appended">Valid events, durable in the log; duplicates are found later.</param>
/// <param name="Rejected">The first rejected records.</param>
/// <param name="RejectedTotal">All rejected records, durable in the log as dead letters.</param>
public sealed record EventsAnswer(
    [property: JsonPropertyName("received")] long Received,
    [property: JsonPropertyName("appended")] long Appended,
    [property: JsonPropertyName("rejected")] IReadOnlyList<RejectedAnswer> Rejected,
    [property: JsonPropertyName("rejectedTotal")] long RejectedTotal)
{
    /// <summary>So many records from the first on are durable without a hole. Told when the body was not taken to its end.</summary>
    [JsonIgnore]
    public long Through { get; private init; }

    internal static EventsAnswer Of(IngestResult result) => new(
        result.Received,
        result.Appended,
        [.. result.Rejected.Select(rejected => new RejectedAnswer(rejected.Index, rejected.Reason.Name()))],
        result.RejectedTotal)
    {
        Through = result.Through,
    };

    internal Dictionary<string, object?> Extensions() => new()
    {
        ["received"] = Received,
        ["appended"] = Appended,
        ["rejected"] = Rejected,
        ["rejectedTotal"] = RejectedTotal,
        ["through"] = Through,
    };
}

/// <summary>A rejected record.</summary>
/// <param name="Index">Its index in the body, from 0.</param>
/// <param name="Reason">Why, by its name on the wire.</param>
public sealed record RejectedAnswer([property: JsonPropertyName("index")] long Index, [property: JsonPropertyName("reason")] string Reason);
