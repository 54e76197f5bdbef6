using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs.Models;
using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Lake;

namespace OrleansAnalytics.Snapshots;

/// <summary>A version in blobs that is being written; nobody reads it before the manifest names it.</summary>
/// <param name="store">The store.</param>
/// <param name="period">Of which period.</param>
/// <param name="version">The version, which is this draft's alone.</param>
/// <param name="claim">The manifest's ETag since it was claimed.</param>
/// <param name="alone">The lease on the kind, given back at the end.</param>
internal sealed class BlobSnapshotDraft(BlobSnapshotStore store, Period period, int version, ETag claim, WorkLease alone) : ISnapshotDraft
{
    private readonly SortedDictionary<string, PeriodFile> _files = new(StringComparer.Ordinal);
    private bool _mayBeInPlace;

    /// <inheritdoc/>
    /// <exception cref="IOException">The service does not answer, or refuses.</exception>
    public async ValueTask AddAsync(string file, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken = default)
    {
        SnapshotFileName.Check(file);
        if (_files.ContainsKey(file))
        {
            throw new ArgumentException($"there is a file {file} already", nameof(file));
        }

        using var content = new MemoryStream();
        await write(content, cancellationToken);
        var bytes = content.GetBuffer().AsMemory(0, (int)content.Length);
        try
        {
            await store.Blob(period, version, file).UploadAsync(new BinaryData(bytes), new BlobUploadOptions { TransferOptions = BlobLakeSink.AtOnce }, cancellationToken);
        }
        catch (Exception exception) when (AzureFailure.IsOfStorage(exception, cancellationToken))
        {
            throw AzureFailure.Explain(exception, $"{file} of the snapshot of {period} could not be written");
        }

        _files.Add(file, new PeriodFile(bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes.Span))));
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">Somebody else has begun a snapshot of the period since; or the service failed, and it may or may not be in place.</exception>
    public async ValueTask<PeriodManifest> CompleteAsync(PeriodManifest about, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var manifest = about with { Version = version, Files = _files };
        _mayBeInPlace = true;
        await store.ReplaceAsync(period, manifest, claim, cancellationToken);
        return manifest;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_mayBeInPlace && _files.Count > 0)
            {
                await store.RemoveAsync(period, version);
            }
        }
        catch (IOException)
        {
            // No manifest names it; whoever writes this period next removes it.
        }
        finally
        {
            await alone.DisposeAsync();
        }
    }
}
