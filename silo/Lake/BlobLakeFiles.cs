using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using OrleansAnalytics.AzureStorage;

namespace OrleansAnalytics.Lake;

/// <summary>The files of events of a lake in blobs, each with its checksum. They never change.</summary>
/// <param name="container">Where they are.</param>
internal sealed class BlobLakeFiles(BlobContainerClient container)
{
    // The metadata with the SHA-256 of a file, in hexadecimal.
    private const string Checksum = "sha256";

    /// <summary>Copies a file to this machine, as a whole or not at all.</summary>
    /// <exception cref="LakeFileMissingException">It is not there.</exception>
    /// <exception cref="IOException">It is damaged, or the disk is full.</exception>
    public async Task FetchAsync(LakeFile file, string path, CancellationToken cancellationToken)
    {
        BlobDownloadStreamingResult found;
        try
        {
            found = (await container.GetBlobClient(BlobLakeSink.Events + file.Path).DownloadStreamingAsync(cancellationToken: cancellationToken)).Value;
        }
        catch (RequestFailedException failure) when (failure.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            throw new LakeFileMissingException($"the lake's manifests name {file.Path}, and it is not there", failure);
        }

        using (found)
        {
            using var local = new DurableFile(path);
            await found.Content.CopyToAsync(local.Stream, cancellationToken);
            local.Stream.Position = 0;
            var checksum = Convert.ToHexStringLower(await SHA256.HashDataAsync(local.Stream, cancellationToken));
            if (local.Stream.Length != file.Bytes || (found.Details.Metadata.TryGetValue(Checksum, out var told) && told != checksum))
            {
                throw new IOException($"the lake's file {file.Path} is damaged: it has {local.Stream.Length} bytes instead of {file.Bytes}, or another checksum");
            }

            local.Complete();
        }
    }

    /// <summary>Puts a file where nothing is.</summary>
    /// <param name="path">Its name in the lake.</param>
    /// <param name="content">All of it, from the begin; left open.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The service does not answer, or refuses; or there is another file with this name.</exception>
    public async Task PutAsync(string path, Stream content, CancellationToken cancellationToken)
    {
        var blob = container.GetBlobClient(BlobLakeSink.Events + path);
        content.Position = 0;
        var checksum = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken));
        content.Position = 0;
        try
        {
            var options = new BlobUploadOptions
            {
                Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
                Metadata = new Dictionary<string, string> { [Checksum] = checksum },
                TransferOptions = BlobLakeSink.AtOnce,
            };
            await blob.UploadAsync(content, options, cancellationToken);
        }
        catch (RequestFailedException failure) when (failure.IsConflict())
        {
            // No two files have one name, so what is there is this one, put by a try whose answer was lost.
            var stored = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            if (!stored.Metadata.TryGetValue(Checksum, out var there) || there != checksum)
            {
                throw new IOException($"the lake has another file with the name {blob.Name}", failure);
            }
        }
        catch (Exception exception) when (AzureFailure.IsOfStorage(exception, cancellationToken))
        {
            throw AzureFailure.Explain(exception, $"the lake's file {blob.Name} could not be written");
        }
    }
}

/// <summary>A manifest names a file that is not there.</summary>
internal sealed class LakeFileMissingException(string message, Exception inner) : IOException(message, inner);
