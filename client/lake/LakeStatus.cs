namespace OrleansAnalytics.Lake;

/// <summary>What a lake holds, by its manifests; no file of events is opened.</summary>
/// <param name="Files">Files that belong to it.</param>
/// <param name="Rows">Events in them.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="Days">Days that have events.</param>
/// <param name="FirstDay">The first of them, <c>2019-10-01</c>; null if there is none.</param>
/// <param name="LastDay">The last of them.</param>
/// <param name="ReplacedFiles">Files that belong to it no more and are still on disk, for readers that began before.</param>
/// <param name="HoursDue">Hours that a compaction would put together now.</param>
/// <param name="FilesDue">Their files.</param>
/// <param name="Sources">What each source has put into it, by name; of compaction, what it has put together.</param>
public sealed record LakeStatus(
    int Files, long Rows, long Bytes, int Days, string? FirstDay, string? LastDay, int ReplacedFiles, int HoursDue, int FilesDue, IReadOnlyList<LakeSourceStatus> Sources)
{
    /// <summary>Reads the manifests.</summary>
    /// <param name="folder">The lake.</param>
    /// <param name="options">By which a compaction would decide.</param>
    /// <exception cref="System.Text.Json.JsonException">One cannot be read.</exception>
    public static LakeStatus Of(LakeFolder folder, LakeCompactionOptions options)
    {
        var manifests = folder.Read();
        var files = LakeManifest.FilesOf(manifests);
        var days = files.Select(file => file.Path["date=".Length..file.Path.IndexOf('/', StringComparison.Ordinal)]).Distinct().Order(StringComparer.Ordinal).ToList();
        var plan = CompactionPlan.Of(manifests, options);
        return new LakeStatus(
            files.Count, files.Sum(file => file.Rows), files.Sum(file => file.Bytes), days.Count, days.FirstOrDefault(), days.LastOrDefault(),
            manifests.Sum(manifest => manifest.Replaced.Count(file => !file.IsGone)), plan.Hours.Count, plan.Hours.Sum(hour => hour.Files.Count),
            [.. manifests.Select(manifest => new LakeSourceStatus(
                manifest.Source, manifest.Files.Count, manifest.Files.Sum(file => file.Rows), manifest.Received, manifest.Duplicates, manifest.Rejected.Values.Sum(), manifest.Through))]);
    }
}

/// <summary>What one source has put into a lake.</summary>
/// <param name="Source">A partition of the log, an import, or <c>compacted</c>.</param>
/// <param name="Files">Files it has written, also those that compaction has replaced.</param>
/// <param name="Rows">Events in them.</param>
/// <param name="Received">Records it was given.</param>
/// <param name="Duplicates">Those that were the same event as an earlier one.</param>
/// <param name="Rejected">Those that were no events.</param>
/// <param name="Through">Of a partition: the lake has its events up to this position; else 0.</param>
public sealed record LakeSourceStatus(string Source, int Files, long Rows, long Received, long Duplicates, long Rejected, long Through);
