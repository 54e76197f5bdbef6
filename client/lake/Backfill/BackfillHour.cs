using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansAnalytics.Lake.Backfill;

/// <summary>An hour of imports on its way through the log, as it is stored.</summary>
public sealed record BackfillHour
{
    /// <summary>The newest format that this program writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The format.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Its folder in the lake: <c>date=2019-10-01/hour=02</c>.</summary>
    public required string Folder { get; init; }

    /// <summary>The files of the imports that hold its events, by their names in the manifests.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>When it is taken out of the lake, in milliseconds since 1970-01-01 UTC; the manifest of compaction has the same number when it has been.</summary>
    public required long Since { get; init; }

    /// <summary>True once it is known to have been taken out of the lake: nothing is sent before.</summary>
    public bool IsTaken { get; init; }

    /// <summary>Its events.</summary>
    public required long Rows { get; init; }

    /// <summary>So many of them, from the first, are acknowledged.</summary>
    public long Sent { get; init; }

    /// <summary><c>2019-10-01T02</c></summary>
    [JsonIgnore]
    public string Name => Folder.Replace("date=", "", StringComparison.Ordinal).Replace("/hour=", "T", StringComparison.Ordinal);

    /// <summary>As it is stored: JSON in snake_case.</summary>
    public byte[] ToUtf8() => JsonSerializer.SerializeToUtf8Bytes(this, BackfillJson.Default.BackfillHour);

    /// <summary>Reads what was stored.</summary>
    /// <exception cref="JsonException">It is none, or a newer program wrote it.</exception>
    public static BackfillHour FromUtf8(ReadOnlySpan<byte> utf8)
    {
        var hour = JsonSerializer.Deserialize(utf8, BackfillJson.Default.BackfillHour) ?? throw new JsonException("the state of a backfill is an object");
        return hour.Format is >= 1 and <= CurrentFormat ? hour : throw new JsonException($"a backfill of format {hour.Format}; this program reads up to {CurrentFormat}");
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(BackfillHour))]
internal sealed partial class BackfillJson : JsonSerializerContext;
