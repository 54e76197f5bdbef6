using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// Values too large for a row, each in a blob of its own: written first, under a name that nothing else ever has, then named by the row; the blob that the row named
/// before is removed afterwards. A blob that no row names is harmless, and removed when it is a day old.
/// </summary>
/// <param name="container">Where the blobs are.</param>
/// <param name="rows">The table whose rows name them.</param>
internal sealed class SpilledValues(BlobContainerClient container, TableClient rows)
{
    private static readonly TimeSpan StrayAfter = TimeSpan.FromDays(1);

    /// <summary>Stores a value durably; answers the blob's name.</summary>
    public async Task<string> PutAsync(string partitionKey, string rowKey, byte[] value)
    {
        var name = $"{partitionKey}/{rowKey}/{Guid.NewGuid():n}";
        try
        {
            await container.GetBlobClient(name).UploadAsync(BinaryData.FromBytes(value));
        }
        catch (RequestFailedException failure) when (failure.ErrorCode == BlobErrorCode.BlobAlreadyExists)
        {
            // Nothing else ever has this name: it is this one, put by a try whose answer was lost.
        }

        return name;
    }

    /// <summary>The value; null if the blob is gone, because the row names another by now.</summary>
    public async Task<byte[]?> GetAsync(string name)
    {
        try
        {
            return (await container.GetBlobClient(name).DownloadContentAsync()).Value.Content.ToArray();
        }
        catch (RequestFailedException failure) when (failure.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null;
        }
    }

    /// <summary>Removes a blob that no row names; if it cannot be, it becomes a stray.</summary>
    public async Task ForgetAsync(string name)
    {
        try
        {
            await container.DeleteBlobIfExistsAsync(name);
        }
        catch (Exception exception) when (AzureStorage.AzureFailure.IsOfStorage(exception))
        {
            // Removed with the strays.
        }
    }

    /// <summary>Removes old blobs that no row names; answers how many.</summary>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Stops between two blobs.</param>
    public async Task<int> RemoveStraysAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var removed = 0;
        await foreach (var blob in container.GetBlobsAsync(BlobTraits.None, BlobStates.None, prefix: null, cancellationToken))
        {
            // A young one may be about to be named.
            if (blob.Properties.LastModified + StrayAfter > now || blob.Name.Split('/') is not [var partitionKey, var rowKey, _])
            {
                continue;
            }

            var row = await rows.GetEntityIfExistsAsync<TableEntity>(partitionKey, rowKey, [TableValue.BlobProperty], cancellationToken);
            if (!row.HasValue || row.Value!.GetString(TableValue.BlobProperty) != blob.Name)
            {
                await container.DeleteBlobIfExistsAsync(blob.Name, cancellationToken: cancellationToken);
                removed++;
            }
        }

        return removed;
    }
}
