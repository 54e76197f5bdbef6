using OrleansAnalytics.Lake;

namespace OrleansAnalytics.Snapshots;

/// <summary>
/// Which periods of one kind are to be written, as a pure decision over the lake's manifests and the snapshots that are there. No clock has a part in it: a period is
/// closed by later events, so a year that is replayed in a minute gives the same snapshots as the year itself.
/// </summary>
/// <param name="Due">The periods to write, the oldest first.</param>
/// <param name="Watermark">The begin of the latest hour with events in the lake, UTC; null if there are none.</param>
internal sealed record SnapshotPlan(IReadOnlyList<Period> Due, DateTime? Watermark)
{
    /// <summary>
    /// Decides. A period is due if it is closed, that is, if the lake has an hour of events that begins at or after its end and the allowed lateness, and if it has no
    /// snapshot or the lake has more events of it than its snapshot (late ones came). Fewer leave it alone: days were dropped, and the snapshot knows more than the lake
    /// does. For the same reason a period is never written of which an hour was dropped.
    /// </summary>
    /// <param name="manifests">The lake's.</param>
    /// <param name="kind">The kind of periods.</param>
    /// <param name="written">The events of each period's snapshot.</param>
    /// <param name="allowedLateness">How long after its end, in event time, a period stays open to late events.</param>
    public static SnapshotPlan Of(IReadOnlyCollection<LakeManifest> manifests, PeriodKind kind, IReadOnlyDictionary<Period, long> written, TimeSpan allowedLateness)
    {
        var hours = LakeManifest.FilesOf(manifests).GroupBy(LakeHours.FolderOf)
            .ToDictionary(files => LakeHours.OfFolder(files.Key), files => files.Sum(file => file.Rows));
        if (hours.Count == 0)
        {
            return new SnapshotPlan([], null);
        }

        var latest = hours.Keys.Max();
        var dropped = manifests.SelectMany(manifest => manifest.Files).Select(LakeHours.FolderOf).Distinct().Select(LakeHours.OfFolder)
            .Where(hour => !hours.ContainsKey(hour)).Select(hour => Period.Of(kind, hour)).ToHashSet();
        var due = hours.GroupBy(hour => Period.Of(kind, hour.Key), hour => hour.Value)
            .Where(period => latest - period.Key.End >= allowedLateness)
            .Where(period => period.Sum() > written.GetValueOrDefault(period.Key) && !dropped.Contains(period.Key))
            .Select(period => period.Key)
            .OrderBy(period => period.Start);
        return new SnapshotPlan([.. due], latest);
    }
}
