namespace OrleansAnalytics.Lake;

/// <summary>The manifest of compaction, held by one process at a time: what says, at one moment for all readers, that files stand for others.</summary>
internal sealed class CompactedFiles : IDisposable
{
    private readonly LakeFolder _folder;
    private readonly FileStream _lock;

    private CompactedFiles(LakeFolder folder, FileStream held) => (_folder, _lock) = (folder, held);

    /// <summary>The manifest as it is now.</summary>
    public LakeManifest Manifest => _folder.Read(LakeManifest.CompactedSource) ?? new LakeManifest { Source = LakeManifest.CompactedSource };

    /// <summary>Takes the manifest.</summary>
    /// <exception cref="LakeBusyException">Another process has it.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public static CompactedFiles Take(LakeFolder folder)
    {
        DurableFolder.Create(folder.Manifests);
        try
        {
            return new CompactedFiles(folder, new FileStream(Path.Combine(folder.Manifests, ".compaction.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException exception)
        {
            throw new LakeBusyException($"the lake {folder.Root} is being compacted by another process", exception);
        }
    }

    /// <summary>Says that files belong to the lake no more, and that another one does.</summary>
    /// <param name="old">Files by their name; those that were replaced before are told anew, as of <paramref name="since"/>.</param>
    /// <param name="by">Has their events; null if nothing has.</param>
    /// <param name="since">Now, in milliseconds since 1970-01-01 UTC.</param>
    public void Replace(IReadOnlyCollection<string> old, LakeFile? by, long since)
    {
        var compacted = Manifest;
        var gone = compacted.Replaced.Where(file => file.IsGone).Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        var paths = old.ToHashSet(StringComparer.Ordinal);
        Write(compacted with
        {
            Files = [.. compacted.Files.Where(file => !paths.Contains(file.Path)), .. by is null ? Array.Empty<LakeFile>() : [by]],
            Replaced = [.. compacted.Replaced.Where(file => !paths.Contains(file.Path)), .. paths.Select(path => new ReplacedFile(path, since, gone.Contains(path)))],
        });
    }

    /// <summary>Replaces the manifest.</summary>
    public void Write(LakeManifest manifest) => DurableFile.Write(_folder.PathOfManifest(manifest.Source), manifest.ToUtf8());

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();
}
