using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Xunit;

namespace OrleansAnalytics.Tests.AzureStorage;

/// <summary>What a test does to leases.</summary>
internal static class LeasedBlobs
{
    /// <summary>Ends the lease that somebody has on a blob, as when its time has run out; nothing if nobody has one.</summary>
    public static async Task BreakAsync(BlobContainerClient container, string blob)
    {
        try
        {
            await container.GetBlobClient(blob).GetBlobLeaseClient().BreakAsync(TimeSpan.Zero, cancellationToken: TestContext.Current.CancellationToken);
        }
        catch (RequestFailedException failure) when (failure.Status is 404 or 409)
        {
            // There is no marker, or no lease on it.
        }
    }
}
