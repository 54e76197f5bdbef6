using OrleansAnalytics.Events;

namespace OrleansAnalytics.Lake;

/// <summary>
/// Where the lake is. Files are written whole or not at all, and belong to the lake once a manifest names them; a manifest is replaced under the ETag of the one
/// before it. Safe for concurrent use.
/// </summary>
public interface ILakeSink
{
    /// <summary>The manifest of a source and its ETag; null if there is none.</summary>
    ValueTask<StoredLakeManifest?> ReadAsync(string source, CancellationToken cancellationToken = default);

    /// <summary>Replaces the manifest of its source.</summary>
    /// <param name="manifest">The new one.</param>
    /// <param name="etag">The ETag of the one that is replaced; null if there is none.</param>
    /// <param name="cancellationToken">Gives up; the manifest may be replaced or not.</param>
    /// <returns>The new ETag.</returns>
    /// <exception cref="LakeConflictException">The stored manifest has another ETag: somebody else writes for this source.</exception>
    ValueTask<string> WriteAsync(LakeManifest manifest, string? etag, CancellationToken cancellationToken = default);

    /// <summary>Begins a file.</summary>
    /// <param name="path">See <see cref="LakeFile.Path"/>; what is there is replaced when the file is complete.</param>
    /// <param name="partition">The partition of the log whose events it takes.</param>
    ILakeFileWriter Create(string path, int partition);

    /// <summary>Removes files whose name begins with <paramref name="prefix"/> and that the manifest does not name: their writers died before they were done.</summary>
    /// <returns>How many were removed.</returns>
    ValueTask<int> RemoveStraysAsync(string prefix, LakeManifest manifest, CancellationToken cancellationToken = default);
}

/// <summary>One file that is being written. Disposing it before it is complete leaves nothing behind.</summary>
public interface ILakeFileWriter : IAsyncDisposable
{
    /// <summary>Adds an event, all of one hour. Its bytes stay as they are until the file is complete, or given up.</summary>
    void Add(in EncodedEvent encoded);

    /// <summary>Puts the file in its place, durably; answers its size in bytes.</summary>
    ValueTask<long> CompleteAsync(CancellationToken cancellationToken = default);
}

/// <summary>A manifest as it is stored.</summary>
/// <param name="Manifest">The manifest.</param>
/// <param name="ETag">Changes with every write.</param>
public sealed record StoredLakeManifest(LakeManifest Manifest, string ETag);

/// <summary>Somebody else has written the manifest of this source.</summary>
/// <param name="message">Who.</param>
/// <param name="isFinal">It was a later owner, and it is that one's now.</param>
public sealed class LakeConflictException(string message, bool isFinal = false) : Exception(message)
{
    /// <summary>It was a later owner, and it is that one's now.</summary>
    public bool IsFinal => isFinal;
}
