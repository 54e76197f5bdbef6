using System.Security.Cryptography;

namespace OrleansAnalytics.Snapshots;

/// <summary>A version that is being written; nobody reads it before a manifest names it.</summary>
/// <param name="store">The store.</param>
/// <param name="period">Of which period.</param>
/// <param name="before">The version that it replaces; null if it is the first.</param>
/// <param name="alone">The lock on the kind, released at the end.</param>
internal sealed class DirectorySnapshotDraft(DirectorySnapshotStore store, Period period, int? before, FileStream alone) : ISnapshotDraft
{
    private readonly int _version = (before ?? 0) + 1;
    private readonly SortedDictionary<string, PeriodFile> _files = new(StringComparer.Ordinal);
    private bool _isComplete;

    private string Folder => store.VersionFolder(period, _version);

    /// <inheritdoc/>
    public async ValueTask AddAsync(string file, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken = default)
    {
        SnapshotFileName.Check(file);
        if (_files.ContainsKey(file))
        {
            throw new ArgumentException($"there is a file {file} already", nameof(file));
        }

        store.Before?.Invoke("write " + file);
        Directory.CreateDirectory(Folder);
        await using var stream = new FileStream(Path.Combine(Folder, file), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        await write(stream, cancellationToken);
        await stream.FlushAsync(cancellationToken);
        stream.Position = 0;
        _files.Add(file, new PeriodFile(stream.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken))));
    }

    /// <inheritdoc/>
    public ValueTask<PeriodManifest> CompleteAsync(PeriodManifest about, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var manifest = about with { Version = _version, Files = _files };
        Directory.CreateDirectory(Folder);

        // All at the end: the first one that is synced takes most of the others along.
        foreach (var file in _files.Keys)
        {
            store.Before?.Invoke("sync " + file);
            using var stream = new FileStream(Path.Combine(Folder, file), FileMode.Open, FileAccess.ReadWrite);
            stream.Flush(flushToDisk: true);
        }

        store.Replace(period, manifest, before);
        _isComplete = true;
        return new(manifest);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        try
        {
            if (!_isComplete && Directory.Exists(Folder))
            {
                Directory.Delete(Folder, recursive: true);
            }
        }
        catch (IOException)
        {
            // No manifest names it; whoever writes this period next removes it.
        }
        finally
        {
            alone.Dispose();
        }

        return ValueTask.CompletedTask;
    }
}
