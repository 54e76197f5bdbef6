using System.Text.Json;
using System.Text.Json.Serialization;
using OrleansAnalytics.Catalog;
using OrleansAnalytics.Pages;

namespace OrleansAnalytics.Client;

/// <summary>Where the server stands: one entry per partition, and their sums.</summary>
/// <param name="Ready">True if every partition reads or waits for events.</param>
/// <param name="Partitions">By number.</param>
/// <param name="Totals">Sums.</param>
public sealed record ServerStatus(bool Ready, IReadOnlyList<PartitionState> Partitions, StatusTotals Totals)
{
    /// <summary>What goes on at the door; null if the server does not say.</summary>
    public DoorState? Door { get; init; }

    /// <summary>The dead letters kept, as of some time ago; null if the server does not know yet.</summary>
    public DeadLetterState? DeadLetters { get; init; }
}

/// <summary>The dead letters of all partitions.</summary>
/// <param name="Kept">So many can be listed.</param>
/// <param name="Bytes">Bytes of their raw text.</param>
/// <param name="Expired">So many were forgotten because they were beyond the server's bounds.</param>
public sealed record DeadLetterState(long Kept, long Bytes, long Expired);

/// <summary>What goes on at the server's door.</summary>
/// <param name="Requests">Requests with events that are being read.</param>
/// <param name="Waiting">Requests that wait, unread.</param>
/// <param name="HeldBytes">Bytes of records that are gathered or being appended.</param>
/// <param name="MostHeldBytes">The most of it since the start.</param>
/// <param name="Refused">Requests refused since the start, by reason: <c>too_many_requests</c>, <c>log_unavailable</c>, <c>body_too_large</c>.</param>
public sealed record DoorState(long Requests, long Waiting, long HeldBytes, long MostHeldBytes, IReadOnlyDictionary<string, long> Refused);

/// <summary>Where one partition stands; positions are those of its log.</summary>
public sealed record PartitionState
{
    /// <summary>The partition's number.</summary>
    public int Partition { get; init; }

    /// <summary>The last position in the log.</summary>
    public long End { get; init; }

    /// <summary>All events up to here are in every entity and report.</summary>
    public long Applied { get; init; }

    /// <summary>A restart reads on after this position.</summary>
    public long ReplayFrom { get; init; }

    /// <summary>Entries that are not yet applied.</summary>
    public long Lag { get; init; }

    /// <summary>Events read: accepted + duplicates + rejected.</summary>
    public long Received { get; init; }

    /// <summary>Events counted.</summary>
    public long Accepted { get; init; }

    /// <summary>Events dropped because their id was known.</summary>
    public long Duplicates { get; init; }

    /// <summary>Events in the dead letters.</summary>
    public long Rejected { get; init; }

    /// <summary>Accepted events older than the watermark.</summary>
    public long Late { get; init; }

    /// <summary>The watermark as the server writes it: a time, or null before the first event.</summary>
    public JsonElement? Watermark { get; init; }

    /// <summary>How many owners the partition has had.</summary>
    public long Generation { get; init; }

    /// <summary>Entities with events that are not yet saved.</summary>
    public long DirtyEntities { get; init; }

    /// <summary>Rewinds since the activation began.</summary>
    public long Rewinds { get; init; }

    /// <summary>What it is doing: <c>running</c>.</summary>
    [JsonConverter(typeof(TextOrNumberConverter))]
    public string Phase { get; init; } = "";

    /// <summary>Why it last rewound or paused, if it did.</summary>
    public string? LastTrouble { get; init; }
}

/// <summary>Sums over all partitions.</summary>
public sealed record StatusTotals(long End, long Applied, long Lag, long Received, long Accepted, long Duplicates, long Rejected);

/// <summary>Reads a string, or a number as its digits: enums may be written as either.</summary>
internal sealed class TextOrNumberConverter : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number
            ? reader.GetInt64().ToString(System.Globalization.CultureInfo.InvariantCulture)
            : reader.GetString() ?? "";

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = false)]
[JsonSerializable(typeof(SendResult))]
[JsonSerializable(typeof(ServerStatus))]
[JsonSerializable(typeof(DeadLetterPage))]
[JsonSerializable(typeof(DeadLetterRecord))]
[JsonSerializable(typeof(ReplayedDeadLetter))]
[JsonSerializable(typeof(ReplayResult))]
[JsonSerializable(typeof(DropResult))]
[JsonSerializable(typeof(ReplayIds))]
[JsonSerializable(typeof(UserJourney))]
[JsonSerializable(typeof(ProductView))]
[JsonSerializable(typeof(CategoryView))]
[JsonSerializable(typeof(BrandView))]
[JsonSerializable(typeof(PageView))]
[JsonSerializable(typeof(LakeQuestion))]
[JsonSerializable(typeof(LakePositions))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(Snapshots.SnapshotRun))]
internal sealed partial class WireJson : JsonSerializerContext;
