using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansAnalytics.Lake;

/// <summary>
/// What one source has put into the lake. A source is a partition of the log (<c>partition-00003</c>), an import (<c>import-…</c>) or compaction
/// (<c>compacted</c>). Files belong to the lake that a manifest names and that compaction has not replaced; others are being written, or were when their writer
/// died. A manifest is replaced as a whole.
/// </summary>
public sealed record LakeManifest
{
    /// <summary>The newest format that this program writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The source of files that were made of others.</summary>
    public const string CompactedSource = "compacted";

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

    /// <summary>Of compaction: files of other manifests that its own files stand for.</summary>
    public IReadOnlyList<ReplacedFile> Replaced { get; init; } = [];

    /// <summary>The files that belong to the lake, of all manifests together.</summary>
    public static IReadOnlyList<LakeFile> FilesOf(IReadOnlyCollection<LakeManifest> manifests)
    {
        var replaced = manifests.SelectMany(manifest => manifest.Replaced).Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        return [.. manifests.SelectMany(manifest => manifest.Files).Where(file => !replaced.Contains(file.Path))];
    }

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
/// <param name="Path">From the folder <c>events</c>, with slashes: <c>date=2019-10-01/hour=02/p00003-00000000000000000001-g1-1.parquet</c>.</param>
/// <param name="Rows">Its rows, one for each accepted event.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="From">For a partition: the first position it may hold; else 0.</param>
/// <param name="Through">For a partition: the last position it may hold; else 0.</param>
public sealed record LakeFile(string Path, long Rows, long Bytes, long From, long Through);

/// <summary>A file that belongs to the lake no more, because another one has its events.</summary>
/// <param name="Path">See <see cref="LakeFile.Path"/>.</param>
/// <param name="Since">Since when, in milliseconds since 1970-01-01 UTC: readers that began before may still want it.</param>
/// <param name="IsGone">It has been removed.</param>
public sealed record ReplacedFile(string Path, long Since, bool IsGone);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LakeManifest))]
internal sealed partial class LakeManifestJson : JsonSerializerContext;
