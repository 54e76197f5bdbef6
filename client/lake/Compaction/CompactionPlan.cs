namespace OrleansAnalytics.Lake;

/// <summary>What is to be compacted and what is to be dropped, as a pure decision over the manifests.</summary>
/// <param name="Hours">Hours whose files become one; in order.</param>
/// <param name="Dropped">Files of days that are kept no longer.</param>
internal sealed record CompactionPlan(IReadOnlyList<CompactionPlan.Hour> Hours, IReadOnlyList<LakeFile> Dropped)
{
    /// <summary>Decides.</summary>
    public static CompactionPlan Of(IReadOnlyCollection<LakeManifest> manifests, LakeCompactionOptions options)
    {
        var hours = LakeManifest.FilesOf(manifests).GroupBy(LakeHours.FolderOf).Select(group => new Hour(group.Key, LakeHours.OfFolder(group.Key), [.. group])).OrderBy(hour => hour.Begin).ToList();
        if (hours.Count == 0)
        {
            return new CompactionPlan([], []);
        }

        var latest = hours[^1].Begin;
        var kept = options.KeepDays is { } days ? latest.Date.AddDays(1 - days) : DateTime.MinValue;
        return new CompactionPlan(
            [.. hours.Where(hour => hour.Begin >= kept && IsDue(hour, latest, options))],
            [.. hours.Where(hour => hour.Begin < kept).SelectMany(hour => hour.Files)]);
    }

    private static bool IsDue(Hour hour, DateTime latest, LakeCompactionOptions options) =>
        hour.Files.Count >= options.MaxFiles || (hour.Files.Count > 1 && latest - hour.Begin >= options.SettleAfter);

    /// <summary>An hour of events and its files.</summary>
    /// <param name="Folder"><c>date=2019-10-01/hour=02</c>.</param>
    /// <param name="Begin">Its begin, UTC.</param>
    /// <param name="Files">Its files.</param>
    internal sealed record Hour(string Folder, DateTime Begin, IReadOnlyList<LakeFile> Files)
    {
        /// <summary>The file that its files became, if it has as many events.</summary>
        /// <exception cref="InvalidDataException">It has not.</exception>
        public LakeFile Checked(LakeFile merged)
        {
            var rows = Files.Sum(file => file.Rows);
            return merged.Rows == rows ? merged : throw new InvalidDataException($"{Folder} has {merged.Rows} rows instead of the {rows} that the manifests name");
        }
    }
}
