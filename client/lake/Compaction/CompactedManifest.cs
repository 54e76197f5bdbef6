namespace OrleansAnalytics.Lake;

/// <summary>What becomes of the manifest of compaction, as pure decisions.</summary>
internal static class CompactedManifest
{
    /// <summary>Before the first compaction.</summary>
    public static LakeManifest Empty => new() { Source = LakeManifest.CompactedSource };

    /// <summary>Files belong to the lake no more, and another one does.</summary>
    /// <param name="compacted">The manifest of before.</param>
    /// <param name="old">Files by their name; those that were replaced before are told anew, as of <paramref name="since"/>.</param>
    /// <param name="by">Has their events; null if nothing has.</param>
    /// <param name="since">Now, in milliseconds since 1970-01-01 UTC.</param>
    public static LakeManifest Replace(LakeManifest compacted, IReadOnlyCollection<string> old, LakeFile? by, long since)
    {
        var gone = compacted.Replaced.Where(file => file.IsGone).Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        var paths = old.ToHashSet(StringComparer.Ordinal);
        return compacted with
        {
            Files = [.. compacted.Files.Where(file => !paths.Contains(file.Path)), .. by is null ? Array.Empty<LakeFile>() : [by]],
            Replaced = [.. compacted.Replaced.Where(file => !paths.Contains(file.Path)), .. paths.Select(path => new ReplacedFile(path, since, gone.Contains(path)))],
        };
    }

    /// <summary>The replaced files that are to be removed.</summary>
    /// <param name="compacted">The manifest.</param>
    /// <param name="before">Those replaced until then, in milliseconds since 1970-01-01 UTC, no reader can want any more.</param>
    public static IReadOnlyList<string> Due(LakeManifest compacted, long before) =>
        [.. compacted.Replaced.Where(file => !file.IsGone && file.Since <= before).Select(file => file.Path)];

    /// <summary>Files were removed, and those that no other manifest names any more are forgotten; null if nothing changes.</summary>
    /// <param name="compacted">The manifest of before.</param>
    /// <param name="removed">The files that are gone.</param>
    /// <param name="manifests">All manifests.</param>
    public static LakeManifest? Forget(LakeManifest compacted, IReadOnlyCollection<string> removed, IEnumerable<LakeManifest> manifests)
    {
        var gone = removed.ToHashSet(StringComparer.Ordinal);
        var named = manifests.Where(manifest => manifest.Source != LakeManifest.CompactedSource).SelectMany(manifest => manifest.Files).Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        var replaced = compacted.Replaced.Select(file => file with { IsGone = file.IsGone || gone.Contains(file.Path) }).Where(file => !file.IsGone || named.Contains(file.Path)).ToList();
        return removed.Count > 0 || replaced.Count != compacted.Replaced.Count ? compacted with { Replaced = replaced } : null;
    }

    /// <summary>The files of compactions that no manifest of one ever named.</summary>
    /// <param name="compacted">The manifest.</param>
    /// <param name="files">The names of all files of compactions that are there.</param>
    public static IReadOnlyList<string> Strays(LakeManifest compacted, IEnumerable<string> files)
    {
        var named = compacted.Files.Select(file => file.Path).Concat(compacted.Replaced.Select(file => file.Path)).ToHashSet(StringComparer.Ordinal);
        return [.. files.Where(file => !named.Contains(file))];
    }
}
