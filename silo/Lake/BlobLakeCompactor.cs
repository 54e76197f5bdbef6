using Azure.Storage.Blobs;
using Microsoft.Extensions.Options;
using OrleansAnalytics.AzureStorage;

namespace OrleansAnalytics.Lake;

/// <summary>
/// Compacts a lake in blobs, one silo at a time by a lease. Whoever has lost it without knowing is refused by the manifest's ETag
/// (<c>grains/decisions/0027-writers-in-blobs-claim-first.md</c>).
/// </summary>
/// <param name="connection">The account; the container must be there.</param>
/// <param name="work">Where files are put together; nothing else may write there.</param>
/// <param name="options">When and how.</param>
/// <param name="time">The clock.</param>
internal sealed class BlobLakeCompactor(AzureConnection connection, LakeFolder work, IOptions<LakeCompactionOptions> options, TimeProvider time)
{
    /// <summary>The marker that is leased.</summary>
    internal const string Marker = "locks/compaction";

    private readonly BlobContainerClient _container = connection.Container("lake");

    /// <summary>Compacts what is due.</summary>
    /// <exception cref="LakeBusyException">Another silo does.</exception>
    /// <exception cref="IOException">The service does not answer, or refuses, or the disk is full; the lake is readable, and the next compaction goes on.</exception>
    public async Task<CompactionResult> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var alone = await WorkLease.TryTakeAsync(_container.GetBlobClient(Marker), time, cancellationToken)
                ?? throw new LakeBusyException($"the lake {_container.Name} is being compacted by another silo");
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, alone.Lost);
            try
            {
                return await new RemoteCompactor(work, options.Value, time).RunAsync(new BlobCompactedLake(_container, new BlobLakeSink(connection)), end.Token);
            }
            catch (OperationCanceledException exception) when (alone.Lost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new LakeBusyException($"another silo may be compacting the lake {_container.Name} by now: the lease on it was lost", exception);
            }
        }
        catch (Exception exception) when (exception is not IOException && AzureFailure.IsOfStorage(exception, cancellationToken))
        {
            throw AzureFailure.Explain(exception, "the lake could not be compacted");
        }
    }
}
