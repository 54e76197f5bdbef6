using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansAnalytics.Reports;

/// <summary>What stands beside a snapshot's files: what they are of and how to tell that they belong together.</summary>
/// <param name="Report">The report's name.</param>
/// <param name="Period">What the snapshot covers.</param>
/// <param name="Positions">The applied position by partition.</param>
/// <param name="Watermark">The lowest watermark (ISO 8601, UTC); null before the first event.</param>
/// <param name="Rows">Rows of the table.</param>
/// <param name="Files">SHA-256 in lower-case hexadecimal by file name.</param>
public sealed record SnapshotManifest(
    string Report,
    string Period,
    IReadOnlyDictionary<int, long> Positions,
    string? Watermark,
    int Rows,
    IReadOnlyDictionary<string, string> Files)
{
    /// <summary>As it is stored: indented JSON in snake_case.</summary>
    public byte[] ToUtf8() => JsonSerializer.SerializeToUtf8Bytes(this, SnapshotManifestJson.Default.SnapshotManifest);

    /// <summary>Reads a stored manifest.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static SnapshotManifest FromUtf8(ReadOnlySpan<byte> utf8) =>
        JsonSerializer.Deserialize(utf8, SnapshotManifestJson.Default.SnapshotManifest) ?? throw new JsonException("a manifest is an object");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(SnapshotManifest))]
internal sealed partial class SnapshotManifestJson : JsonSerializerContext;
