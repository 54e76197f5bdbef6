namespace OrleansAnalytics.Lake;

/// <summary>The manifest of compaction, held by one process at a time: what says, at one moment for all readers, that files stand for others.</summary>
internal sealed class CompactedFiles : IDisposable
{
    private readonly LakeFolder _folder;
    private readonly FileStream _lock;

    private CompactedFiles(LakeFolder folder, FileStream held) => (_folder, _lock) = (folder, held);

    /// <summary>The manifest as it is now.</summary>
    public LakeManifest Manifest => _folder.Read(LakeManifest.CompactedSource) ?? CompactedManifest.Empty;

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
    public void Replace(IReadOnlyCollection<string> old, LakeFile? by, long since) => Write(CompactedManifest.Replace(Manifest, old, by, since));

    /// <summary>Replaces the manifest.</summary>
    public void Write(LakeManifest manifest) => DurableFile.Write(_folder.PathOfManifest(manifest.Source), manifest.ToUtf8());

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();
}
