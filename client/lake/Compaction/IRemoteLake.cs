namespace OrleansAnalytics.Lake;

/// <summary>A lake that is not in a folder, as its compaction needs it. Files are named as in manifests (<see cref="LakeFile.Path"/>).</summary>
public interface IRemoteLake
{
    /// <summary>All manifests as they are now.</summary>
    Task<IReadOnlyList<LakeManifest>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Replaces the manifest of compaction that was last read or written here.</summary>
    /// <exception cref="LakeBusyException">Somebody else has replaced it since.</exception>
    Task ReplaceAsync(LakeManifest compacted, CancellationToken cancellationToken);

    /// <summary>The files whose name, without its folder, begins with <paramref name="prefix"/>.</summary>
    Task<IReadOnlyList<string>> FindAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Copies a file to a place on this machine.</summary>
    /// <exception cref="IOException">It is missing or damaged, or the disk is full.</exception>
    Task FetchAsync(LakeFile file, string path, CancellationToken cancellationToken);

    /// <summary>Puts a file of this machine into the lake.</summary>
    Task PutAsync(string path, LakeFile file, CancellationToken cancellationToken);

    /// <summary>Removes a file; nothing if it is gone.</summary>
    Task RemoveAsync(string file, CancellationToken cancellationToken);
}
