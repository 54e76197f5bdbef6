using OrleansAnalytics.Lake.Digests;
using OrleansAnalytics.Lake.Users;

namespace OrleansAnalytics.Lake;

/// <summary>What a compaction has done.</summary>
/// <param name="Hours">Hours whose files were put together.</param>
/// <param name="FilesBefore">Files that were put together.</param>
/// <param name="FilesDropped">Files of days that are kept no longer.</param>
/// <param name="FilesRemoved">Files replaced earlier that were removed now.</param>
/// <param name="FilesIndexed">Files whose users are known from now on (<see cref="UserFilters"/>).</param>
/// <param name="FilesDigested">Files of which reports read digests from now on (<see cref="LakeDigests"/>).</param>
public sealed record CompactionResult(int Hours, int FilesBefore, int FilesDropped, int FilesRemoved, int FilesIndexed, int FilesDigested)
{
    /// <summary>There was nothing to do.</summary>
    public static CompactionResult Nothing { get; } = new(0, 0, 0, 0, 0, 0);
}

/// <summary>How far a compaction is.</summary>
/// <param name="What">What is counted: hours put together, files indexed, or files digested.</param>
/// <param name="Done">How many are done.</param>
/// <param name="All">How many are to be done.</param>
public readonly record struct CompactionProgress(string What, int Done, int All);

/// <summary>
/// Puts the small files of an hour together into one, sorted by user and time, beside readers and writers: the new file is written first, then one manifest says
/// at once that it stands for the old ones, and these are removed a while later. At every moment the manifests name every event once. Then it notes which users each file has, and what reports need of it.
/// </summary>
/// <param name="folder">The lake. One compaction at a time, which a lock file sees to.</param>
/// <param name="options">When and how.</param>
/// <param name="time">The clock that says how long a replaced file has been there.</param>
public sealed class LakeCompactor(LakeFolder folder, LakeCompactionOptions options, TimeProvider time)
{
    /// <summary>Compacts what is due.</summary>
    /// <param name="progress">Told how far it is; null if nobody looks.</param>
    /// <param name="cancellationToken">Stops between two hours or files; what is done by then stays.</param>
    /// <exception cref="LakeBusyException">Another compaction is under way, or a backfill takes an hour.</exception>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written.</exception>
    public CompactionResult Run(IProgress<CompactionProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (!Directory.Exists(folder.Manifests))
        {
            return CompactionResult.Nothing;
        }

        using var compacted = CompactedFiles.Take(folder);
        RemoveStrays(compacted.Manifest);
        var plan = CompactionPlan.Of(folder.Read(), options);
        if (plan.Dropped.Count > 0)
        {
            compacted.Replace([.. plan.Dropped.Select(file => file.Path)], null, Now());
        }

        var (hours, files) = (0, 0);
        foreach (var hour in plan.Hours)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                break;
            }

            compacted.Replace([.. hour.Files.Select(file => file.Path)], Merge(hour), Now());
            (hours, files) = (hours + 1, files + hour.Files.Count);
            progress?.Report(new CompactionProgress("hours", hours, plan.Hours.Count));
        }

        var removed = RemoveReplaced(compacted);
        var indexed = new UserFilters(folder).Update(options.MemoryBytes, progress, cancellationToken);
        var digested = new LakeDigests(folder, options.SessionTimeout).Update(options, progress, cancellationToken);
        return new CompactionResult(hours, files, plan.Dropped.Count, removed, indexed, digested);
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private LakeFile Merge(CompactionPlan.Hour hour)
    {
        var merged = new HourMerge(folder, options).Merge(hour.Folder, hour.Files.Select(file => file.Path), "true", time.GetUtcNow());
        return hour.Checked(merged);
    }

    /// <summary>Removes replaced files that no reader can want any more, and forgets those that no manifest names any more.</summary>
    private int RemoveReplaced(CompactedFiles held)
    {
        var compacted = held.Manifest;
        var due = CompactedManifest.Due(compacted, Now() - (long)options.KeepReplaced.TotalMilliseconds);
        foreach (var file in due)
        {
            File.Delete(folder.PathOf(file));
        }

        if (CompactedManifest.Forget(compacted, due, folder.Read()) is { } rest)
        {
            held.Write(rest);
        }

        return due.Count;
    }

    /// <summary>Files of a compaction that died before its manifest named them.</summary>
    private void RemoveStrays(LakeManifest compacted)
    {
        if (!Directory.Exists(folder.Events))
        {
            return;
        }

        var named = compacted.Files.Select(file => folder.PathOf(file.Path)).Concat(compacted.Replaced.Select(file => folder.PathOf(file.Path))).ToHashSet(StringComparer.Ordinal);
        foreach (var pattern in (string[])[HourMerge.Prefix + "*", DurableFile.HiddenName(HourMerge.Prefix) + "*"])
        {
            foreach (var file in Directory.EnumerateFiles(folder.Events, pattern, SearchOption.AllDirectories).Where(file => !named.Contains(file)).ToList())
            {
                File.Delete(file);
            }
        }
    }
}
