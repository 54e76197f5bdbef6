using Azure;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Lake;

/// <summary>
/// A lake in a container: <c>events/…</c> and <c>manifests/…</c> as in a folder. A blob is there as a whole or not at all; files are written where nothing is, manifests under the ETag of
/// the one before, so any number of nodes may write.
/// </summary>
/// <param name="connection">The account; the container must be there.</param>
public sealed class BlobLakeSink(AzureConnection connection) : ILakeSink
{
    /// <summary>How the names of files begin.</summary>
    internal const string Events = "events/";

    /// <summary>How the names of manifests begin.</summary>
    internal const string Manifests = "manifests/";

    // Tells one write of a manifest from all others.
    private const string WriteId = "write";

    private readonly BlobContainerClient _container = connection.Container("lake");

    /// <inheritdoc/>
    /// <exception cref="IOException">The service does not answer, or refuses.</exception>
    public async ValueTask<StoredLakeManifest?> ReadAsync(string source, CancellationToken cancellationToken = default)
    {
        try
        {
            var stored = (await _container.GetBlobClient(NameOf(source)).DownloadContentAsync(cancellationToken)).Value;
            return new StoredLakeManifest(LakeManifest.FromUtf8(stored.Content.ToMemory().Span), stored.Details.ETag.ToString());
        }
        catch (RequestFailedException failure) when (failure.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null;
        }
        catch (Exception exception) when (AzureFailure.IsOfStorage(exception, cancellationToken))
        {
            throw AzureFailure.Explain(exception, $"the lake's manifest of {source} could not be read");
        }
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">It may or may not be replaced.</exception>
    public async ValueTask<string> WriteAsync(LakeManifest manifest, string? etag, CancellationToken cancellationToken = default)
    {
        var blob = _container.GetBlobClient(NameOf(manifest.Source));
        var id = Guid.NewGuid().ToString("n");
        try
        {
            var conditions = etag is null ? new BlobRequestConditions { IfNoneMatch = ETag.All } : new BlobRequestConditions { IfMatch = new ETag(etag) };
            var options = new BlobUploadOptions { Conditions = conditions, Metadata = new Dictionary<string, string> { [WriteId] = id }, TransferOptions = AtOnce };
            return (await blob.UploadAsync(BinaryData.FromBytes(manifest.ToUtf8()), options, cancellationToken)).Value.ETag.ToString();
        }
        catch (RequestFailedException failure) when (failure.IsConflict())
        {
            // Repeated after it had happened and its answer was lost, it meets itself.
            return await MineAsync(blob, id, cancellationToken) ?? throw new LakeConflictException($"somebody else has written the lake's manifest of {manifest.Source}");
        }
        catch (Exception exception) when (AzureFailure.IsOfStorage(exception, cancellationToken))
        {
            throw AzureFailure.Explain(exception, $"the lake's manifest of {manifest.Source} could not be written");
        }
    }

    /// <inheritdoc/>
    public ILakeFileWriter Create(string path, int partition) => new FileWriter(new BlobLakeFiles(_container), path, new ParquetEvents(partition));

    /// <inheritdoc/>
    /// <exception cref="IOException">The service does not answer, or refuses; some may be removed.</exception>
    public async ValueTask<int> RemoveStraysAsync(string prefix, LakeManifest manifest, CancellationToken cancellationToken = default)
    {
        var named = manifest.Files.Select(file => Events + file.Path).ToHashSet(StringComparer.Ordinal);
        var removed = 0;
        try
        {
            await foreach (var blob in _container.GetBlobsAsync(BlobTraits.None, BlobStates.None, Events, cancellationToken))
            {
                if (blob.Name.AsSpan(blob.Name.LastIndexOf('/') + 1).StartsWith(prefix, StringComparison.Ordinal) && !named.Contains(blob.Name))
                {
                    await _container.DeleteBlobIfExistsAsync(blob.Name, cancellationToken: cancellationToken);
                    removed++;
                }
            }
        }
        catch (Exception exception) when (AzureFailure.IsOfStorage(exception, cancellationToken))
        {
            throw AzureFailure.Explain(exception, "unfinished files of the lake could not be removed");
        }

        return removed;
    }

    /// <summary>In one request, and not in blocks that are put together.</summary>
    internal static StorageTransferOptions AtOnce => new() { InitialTransferSize = 256 << 20, MaximumTransferSize = 64 << 20 };

    private static string NameOf(string source) => $"{Manifests}{source}.json";

    private static async Task<string?> MineAsync(BlobClient blob, string id, CancellationToken cancellationToken)
    {
        try
        {
            var stored = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            return stored.Metadata.TryGetValue(WriteId, out var by) && by == id ? stored.ETag.ToString() : null;
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
    }

    private sealed class FileWriter(BlobLakeFiles files, string path, ParquetEvents events) : ILakeFileWriter
    {
        public void Add(in EncodedEvent encoded) => events.Add(encoded);

        // Encoding takes its time: not on the scheduler of the grain that calls.
        public async ValueTask<long> CompleteAsync(CancellationToken cancellationToken = default) => await Task.Run(() => UploadAsync(cancellationToken), cancellationToken);

        public ValueTask DisposeAsync()
        {
            events.Dispose();
            return ValueTask.CompletedTask;
        }

        private async Task<long> UploadAsync(CancellationToken cancellationToken)
        {
            using var content = new MemoryStream();
            await events.WriteAsync(content, cancellationToken);
            await files.PutAsync(path, content, cancellationToken);
            return content.Length;
        }
    }
}
