using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansAnalytics.Lake;

/// <summary>
/// What one source has put into the lake. A source is a partition of the log (<c>partition-00003</c>) or an import (<c>import-…</c>). Only files that a
/// manifest names belong to the lake: others are being written, or were when their writer died. A manifest is replaced as a whole.
/// </summary>
public sealed record LakeManifest
{
    /// <summary>The newest format that this program writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The format of the manifest and of the files that it names.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The source; also the manifest's file name, without its ending.</summary>
    public required string Source { get; init; }

    /// <summary>For a partition: which owner of it wrote the manifest (owners are counted); else 0.</summary>
    public long Generation { get; init; }

    /// <summary>For a partition: the lake has its accepted events up to this position, and none beyond; else 0.</summary>
    public long Through { get; init; }

    /// <summary>Records of the source so far: accepted, duplicates and rejected together.</summary>
    public long Received { get; init; }

    /// <summary>Records dropped because their event id was known.</summary>
    public long Duplicates { get; init; }

    /// <summary>Records in the dead letters, by the name of the reason (<c>bad_time</c>).</summary>
    public IReadOnlyDictionary<string, long> Rejected { get; init; } = new Dictionary<string, long>();

    /// <summary>The files, in the order in which they were written.</summary>
    public IReadOnlyList<LakeFile> Files { get; init; } = [];

    /// <summary>As it is stored: JSON in snake_case.</summary>
    public byte[] ToUtf8() => JsonSerializer.SerializeToUtf8Bytes(this, LakeManifestJson.Default.LakeManifest);

    /// <summary>Reads a stored manifest.</summary>
    /// <exception cref="JsonException">It is none, or a newer program wrote it.</exception>
    public static LakeManifest FromUtf8(ReadOnlySpan<byte> utf8)
    {
        var manifest = JsonSerializer.Deserialize(utf8, LakeManifestJson.Default.LakeManifest) ?? throw new JsonException("a manifest is an object");
        return manifest.Format is >= 1 and <= CurrentFormat ? manifest : throw new JsonException($"a manifest of format {manifest.Format}; this program reads up to {CurrentFormat}");
    }

    /// <summary>The source of a partition of the log.</summary>
    public static string SourceOf(int partition) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"partition-{partition:00000}");
}

/// <summary>A Parquet file of the lake.</summary>
/// <param name="Path">From the folder <c>events</c>, with slashes: <c>date=2019-10-01/hour=02/p00003-00000000000000000001.parquet</c>.</param>
/// <param name="Rows">Its rows, one for each accepted event.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="From">For a partition: the first position it may hold; else 0.</param>
/// <param name="Through">For a partition: the last position it may hold; else 0.</param>
public sealed record LakeFile(string Path, long Rows, long Bytes, long From, long Through);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LakeManifest))]
internal sealed partial class LakeManifestJson : JsonSerializerContext;
