using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace OrleansAnalytics.Lake;

/// <summary>A lake in blobs that is being compacted; its manifest of compaction is replaced under the ETag that was seen last.</summary>
/// <param name="container">Where it is.</param>
/// <param name="sink">Reads and writes its manifests.</param>
internal sealed class BlobCompactedLake(BlobContainerClient container, BlobLakeSink sink) : IRemoteLake
{
    private readonly BlobLakeFiles _files = new(container);
    private string? _etag;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LakeManifest>> ReadAsync(CancellationToken cancellationToken)
    {
        var manifests = new List<LakeManifest>();
        _etag = null;
        foreach (var name in await NamesAsync(BlobLakeSink.Manifests, cancellationToken))
        {
            if (await sink.ReadAsync(Path.GetFileNameWithoutExtension(name), cancellationToken) is { } stored)
            {
                manifests.Add(stored.Manifest);
                _etag = stored.Manifest.Source == LakeManifest.CompactedSource ? stored.ETag : _etag;
            }
        }

        return manifests;
    }

    /// <inheritdoc/>
    public async Task ReplaceAsync(LakeManifest compacted, CancellationToken cancellationToken)
    {
        try
        {
            _etag = await sink.WriteAsync(compacted, _etag, cancellationToken);
        }
        catch (LakeConflictException conflict)
        {
            throw new LakeBusyException("another silo has compacted the lake meanwhile", conflict);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> FindAsync(string prefix, CancellationToken cancellationToken) =>
        [.. (await NamesAsync(BlobLakeSink.Events, cancellationToken))
            .Where(name => name.AsSpan(name.LastIndexOf('/') + 1).StartsWith(prefix, StringComparison.Ordinal))
            .Select(name => name[BlobLakeSink.Events.Length..])];

    /// <inheritdoc/>
    public Task FetchAsync(LakeFile file, string path, CancellationToken cancellationToken) => _files.FetchAsync(file, path, cancellationToken);

    /// <inheritdoc/>
    public async Task PutAsync(string path, LakeFile file, CancellationToken cancellationToken)
    {
        await using var content = File.OpenRead(path);
        await _files.PutAsync(file.Path, content, cancellationToken);
    }

    /// <inheritdoc/>
    public Task RemoveAsync(string file, CancellationToken cancellationToken) => container.DeleteBlobIfExistsAsync(BlobLakeSink.Events + file, cancellationToken: cancellationToken);

    private async Task<List<string>> NamesAsync(string folder, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var blob in container.GetBlobsAsync(BlobTraits.None, BlobStates.None, folder, cancellationToken))
        {
            names.Add(blob.Name);
        }

        return names;
    }
}
