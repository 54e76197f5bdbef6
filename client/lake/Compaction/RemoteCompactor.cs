namespace OrleansAnalytics.Lake;

/// <summary>
/// Does to a lake elsewhere what <see cref="LakeCompactor"/> does to one in a folder: fetches the files of an hour, puts them together on this machine, and puts the new one there before the
/// manifest says at once that it stands for the old ones. Needs room for one hour's files twice.
/// </summary>
/// <param name="work">Where files are put together; nothing else may write there, and nothing of it stays.</param>
/// <param name="options">When and how.</param>
/// <param name="time">The clock that says how long a replaced file has been there.</param>
public sealed class RemoteCompactor(LakeFolder work, LakeCompactionOptions options, TimeProvider time)
{
    /// <summary>Compacts what is due. What is done when it ends before its time stays.</summary>
    /// <param name="lake">The lake; one compaction at a time, as far as whoever calls can see to it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="LakeBusyException">Another compaction is under way after all; it goes on, and this one has changed nothing since.</exception>
    /// <exception cref="IOException">The lake does not answer, or the disk is full.</exception>
    public async Task<CompactionResult> RunAsync(IRemoteLake lake, CancellationToken cancellationToken)
    {
        try
        {
            Clear();
            var manifests = await lake.ReadAsync(cancellationToken);
            return manifests.Count == 0 ? CompactionResult.Nothing : await CompactAsync(lake, manifests, cancellationToken);
        }
        finally
        {
            Clear();
        }
    }

    private async Task<CompactionResult> CompactAsync(IRemoteLake lake, IReadOnlyList<LakeManifest> manifests, CancellationToken cancellationToken)
    {
        var compacted = manifests.FirstOrDefault(manifest => manifest.Source == LakeManifest.CompactedSource) ?? CompactedManifest.Empty;
        await RemoveStraysAsync(lake, compacted, cancellationToken);
        var plan = CompactionPlan.Of(manifests, options);
        if (plan.Dropped.Count > 0)
        {
            compacted = CompactedManifest.Replace(compacted, [.. plan.Dropped.Select(file => file.Path)], null, Now());
            await lake.ReplaceAsync(compacted, cancellationToken);
        }

        foreach (var hour in plan.Hours)
        {
            var merged = await MergeAsync(lake, hour, cancellationToken);
            compacted = CompactedManifest.Replace(compacted, [.. hour.Files.Select(file => file.Path)], merged, Now());
            await lake.ReplaceAsync(compacted, cancellationToken);
            Clear();
        }

        var due = CompactedManifest.Due(compacted, Now() - (long)options.KeepReplaced.TotalMilliseconds);
        foreach (var file in due)
        {
            await lake.RemoveAsync(file, cancellationToken);
        }

        if (CompactedManifest.Forget(compacted, due, manifests) is { } rest)
        {
            await lake.ReplaceAsync(rest, cancellationToken);
        }

        return new CompactionResult(plan.Hours.Count, plan.Hours.Sum(hour => hour.Files.Count), plan.Dropped.Count, due.Count, 0, 0);
    }

    private async Task<LakeFile> MergeAsync(IRemoteLake lake, CompactionPlan.Hour hour, CancellationToken cancellationToken)
    {
        foreach (var file in hour.Files)
        {
            await lake.FetchAsync(file, work.PathOf(file), cancellationToken);
        }

        // It computes for a while: not on the scheduler of whoever calls.
        var merged = await Task.Run(() => new HourMerge(work, options).Merge(hour.Folder, hour.Files.Select(file => file.Path), "true", time.GetUtcNow()), cancellationToken);
        await lake.PutAsync(work.PathOf(hour.Checked(merged)), merged, cancellationToken);
        return merged;
    }

    /// <summary>
    /// Files of a compaction that died before its manifest named them. It may be frozen instead: so the manifest is replaced first, by the same, and whoever has read it before can replace it no
    /// more, and name none of them.
    /// </summary>
    private static async Task RemoveStraysAsync(IRemoteLake lake, LakeManifest compacted, CancellationToken cancellationToken)
    {
        var strays = CompactedManifest.Strays(compacted, await lake.FindAsync(HourMerge.Prefix, cancellationToken));
        if (strays.Count > 0)
        {
            await lake.ReplaceAsync(compacted, cancellationToken);
        }

        foreach (var stray in strays)
        {
            await lake.RemoveAsync(stray, cancellationToken);
        }
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private void Clear()
    {
        if (Directory.Exists(work.Root))
        {
            Directory.Delete(work.Root, recursive: true);
        }
    }
}
