using System.Globalization;

namespace OrleansAnalytics.Snapshots;

/// <summary>What the metadata of a manifest in blobs says, so that a listing tells enough of every snapshot.</summary>
/// <param name="Version">The version that the manifest names; 0 if there is none yet.</param>
/// <param name="Claimed">The highest version that anybody has begun to write.</param>
/// <param name="Events">The events of the snapshot.</param>
/// <param name="Since">When the version was put in place, in milliseconds since 1970-01-01 UTC.</param>
internal readonly record struct SnapshotMark(int Version, int Claimed, long Events, long Since)
{
    // Tells one write from all others.
    private const string WriteId = "write";

    /// <summary>As metadata.</summary>
    /// <param name="id">The id of the write.</param>
    public Dictionary<string, string> ToMetadata(string id) => new()
    {
        ["version"] = Version.ToString(CultureInfo.InvariantCulture),
        ["claimed"] = Claimed.ToString(CultureInfo.InvariantCulture),
        ["events"] = Events.ToString(CultureInfo.InvariantCulture),
        ["since"] = Since.ToString(CultureInfo.InvariantCulture),
        [WriteId] = id,
    };

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidDataException">It is not there, or damaged: somebody else has copied the manifest without its metadata.</exception>
    public static SnapshotMark FromMetadata(IDictionary<string, string> metadata) =>
        new((int)Number(metadata, "version"), (int)Number(metadata, "claimed"), Number(metadata, "events"), Number(metadata, "since"));

    /// <summary>True if the write with this id was the last one.</summary>
    public static bool IsOf(IDictionary<string, string> metadata, string id) => metadata.TryGetValue(WriteId, out var by) && by == id;

    private static long Number(IDictionary<string, string> metadata, string name) =>
        metadata.TryGetValue(name, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InvalidDataException($"a snapshot's manifest lacks the metadata '{name}'; copy containers with their metadata");
}
