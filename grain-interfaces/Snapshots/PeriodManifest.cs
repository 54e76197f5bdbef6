using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansAnalytics.Snapshots;

/// <summary>
/// What a snapshot of a closed period is of, and which files it consists of. It is put in place last and replaced as a whole, so whoever goes by it never meets a
/// snapshot that is half there.
/// </summary>
public sealed record PeriodManifest
{
    /// <summary>The newest format that this program writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The format of the manifest.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary><c>hour</c>, <c>day</c> or <c>month</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The period's name: <c>2019-10-01T02</c>, <c>2019-10-01</c> or <c>2019-10</c>.</summary>
    public required string Period { get; init; }

    /// <summary>Higher with every time that the snapshot was written, from 1; its files are in the folder <c>v1</c>, <c>v2</c>, …. In blobs those that were begun and given up are counted too.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Events that the lake had in the period. More of them later make the snapshot be written again.</summary>
    public long Events { get; init; }

    /// <summary>The position by partition that the lake was as of.</summary>
    public IReadOnlyDictionary<int, long> Positions { get; init; } = new Dictionary<int, long>();

    /// <summary>The time of the latest event in the period (ISO 8601, UTC).</summary>
    public string? LatestEvent { get; init; }

    /// <summary>The begin of the latest hour with events in the lake (ISO 8601, UTC): that it is late enough closed the period.</summary>
    public string? Watermark { get; init; }

    /// <summary>When it was written (ISO 8601, UTC).</summary>
    public string? Written { get; init; }

    /// <summary>Rows by report.</summary>
    public IReadOnlyDictionary<string, int> Reports { get; init; } = new Dictionary<string, int>();

    /// <summary>Sizes and checksums by the name of the file.</summary>
    public IReadOnlyDictionary<string, PeriodFile> Files { get; init; } = new Dictionary<string, PeriodFile>();

    /// <summary>As it is stored: indented JSON in snake_case.</summary>
    public byte[] ToUtf8() => JsonSerializer.SerializeToUtf8Bytes(this, PeriodManifestJson.Default.PeriodManifest);

    /// <summary>Reads a stored manifest.</summary>
    /// <exception cref="JsonException">It is none, or a newer program wrote it.</exception>
    public static PeriodManifest FromUtf8(ReadOnlySpan<byte> utf8)
    {
        var manifest = JsonSerializer.Deserialize(utf8, PeriodManifestJson.Default.PeriodManifest) ?? throw new JsonException("a manifest is an object");
        return manifest.Format is >= 1 and <= CurrentFormat
            ? manifest
            : throw new JsonException($"a manifest of format {manifest.Format}; this program reads up to {CurrentFormat}");
    }
}

/// <summary>A file of a snapshot.</summary>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its SHA-256 in lower-case hexadecimal.</param>
public sealed record PeriodFile(long Bytes, string Sha256);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(PeriodManifest))]
internal sealed partial class PeriodManifestJson : JsonSerializerContext;
