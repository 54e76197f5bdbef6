using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace OrleansAnalytics.AzureStorage;

/// <summary>
/// A lease on a marker, which one process has at a time. It is renewed until it is disposed of; of a process that died it ends by itself after <see cref="Duration"/>. It keeps
/// others from doing the same work twice, and protects no data: a process that was frozen may learn too late that it has lost it, so what it writes has conditions of its own.
/// </summary>
internal sealed class WorkLease : IAsyncDisposable
{
    /// <summary>How long it lasts without being renewed; the longest that the service gives.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(60);

    /// <summary>How often it is renewed.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(15);

    private readonly BlobLeaseClient _lease;
    private readonly CancellationTokenSource _lost = new();
    private readonly PeriodicTimer _timer;
    private readonly Task _renewing;

    private WorkLease(BlobLeaseClient lease, TimeProvider time)
    {
        _lease = lease;
        _timer = new PeriodicTimer(RenewEvery, time);
        _renewing = RenewAsync();
    }

    /// <summary>Cancelled when it is known that somebody else may have it.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Takes it; null if somebody else has it.</summary>
    /// <param name="marker">The marker; created if it is not there.</param>
    /// <param name="time">The clock that says when it is renewed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RequestFailedException">The service does not answer, or refuses.</exception>
    public static async Task<WorkLease?> TryTakeAsync(BlobClient marker, TimeProvider time, CancellationToken cancellationToken)
    {
        // With the same id, taking it again after an answer was lost is no conflict.
        var lease = marker.GetBlobLeaseClient(Guid.NewGuid().ToString());
        try
        {
            await lease.AcquireAsync(Duration, cancellationToken: cancellationToken);
        }
        catch (RequestFailedException failure) when (failure.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            await CreateAsync(marker, cancellationToken);
            return await TryTakeAsync(marker, time, cancellationToken);
        }
        catch (RequestFailedException failure) when (failure.Status == 409)
        {
            return null;
        }

        return new WorkLease(lease, time);
    }

    /// <summary>Gives it back.</summary>
    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _renewing;
        try
        {
            await _lease.ReleaseAsync();
        }
        catch (Exception exception) when (AzureFailure.IsOfStorage(exception))
        {
            // It ends by itself.
        }

        _lost.Dispose();
    }

    private static async Task CreateAsync(BlobClient marker, CancellationToken cancellationToken)
    {
        try
        {
            await marker.UploadAsync(BinaryData.Empty, new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } }, cancellationToken);
        }
        catch (RequestFailedException failure) when (failure.IsConflict())
        {
            // Somebody else was first.
        }
    }

    private async Task RenewAsync()
    {
        for (var missed = 0; await _timer.WaitForNextTickAsync();)
        {
            try
            {
                await _lease.RenewAsync();
                missed = 0;
            }
            catch (Exception exception) when (AzureFailure.IsOfStorage(exception))
            {
                // The service says that it is another's, or has not been reached for as long as it lasts.
                if (exception is RequestFailedException failure && failure.IsConflict() || ++missed * RenewEvery >= Duration - RenewEvery)
                {
                    await _lost.CancelAsync();
                    return;
                }
            }
        }
    }
}
