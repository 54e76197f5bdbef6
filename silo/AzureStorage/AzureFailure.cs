using Azure;
using Azure.Identity;

namespace OrleansAnalytics.AzureStorage;

/// <summary>What the service or the way to it did, as something a person can act upon. No text of the service's is told: it may repeat parts of the request.</summary>
internal static class AzureFailure
{
    /// <summary>The condition of a write did not hold: somebody else has written, or the same request before it was repeated.</summary>
    public static bool IsConflict(this RequestFailedException failure) => failure.Status is 404 or 409 or 412 && !IsMissing(failure) && !IsBeingDeleted(failure);

    /// <summary>True if it came from the service, or from the way to it; false for cancellation by the caller and for defects.</summary>
    public static bool IsOfStorage(Exception exception, CancellationToken cancellationToken = default) => exception switch
    {
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        AggregateException many => many.InnerExceptions.All(one => IsOfStorage(one, cancellationToken)),
        _ => exception is RequestFailedException or AuthenticationFailedException or IOException,
    };

    /// <summary>The failure as whoever uses the store shall see it.</summary>
    /// <param name="exception">One that <see cref="IsOfStorage"/>.</param>
    /// <param name="what">What could not be done: <c>the checkpoint of partition 3 could not be written</c>.</param>
    public static AzureStorageException Explain(Exception exception, string what) => exception as AzureStorageException ?? new AzureStorageException($"{what}: {Reason(exception)}", exception);

    private static string Reason(Exception exception) => exception switch
    {
        AggregateException many => $"{Reason(many.InnerExceptions[^1])}, also when it was tried again ({many.InnerExceptions.Count} tries)",
        AuthenticationFailedException => "no Entra token could be had; see the roles and the identity of this node",
        RequestFailedException failure => Reason(failure),
        IOException => exception.Message,
        _ => "Azure Storage did not answer in time; it may or may not have happened",
    };

    private static string Reason(RequestFailedException failure) => failure switch
    {
        { Status: 0 } => "Azure Storage cannot be reached",
        { ErrorCode: "AccountIsDisabled" } => "the storage account is disabled",
        { Status: 401 or 403 } => $"Azure Storage refuses access ({Code(failure)}); see the key, the token's roles, and the account's network rules",
        { Status: 507 } or { ErrorCode: "InsufficientStorage" or "AccountCapacityExceeded" or "QuotaExceeded" } => $"the storage account is full ({Code(failure)})",
        { Status: 429 or 503 } => $"Azure Storage is too busy for this account or table ({Code(failure)})",
        _ when IsMissing(failure) => $"the table or container is gone ({Code(failure)}); a node creates it when it starts",
        _ when IsBeingDeleted(failure) => $"the table or container of this name is still being deleted ({Code(failure)}); it takes a while",
        { Status: 413 } => $"Azure Storage finds it too large ({Code(failure)})",
        _ => $"Azure Storage answered {Code(failure)}",
    };

    private static bool IsMissing(RequestFailedException failure) => failure.ErrorCode is "TableNotFound" or "ContainerNotFound";

    private static bool IsBeingDeleted(RequestFailedException failure) => failure.ErrorCode is "TableBeingDeleted" or "ContainerBeingDeleted";

    private static string Code(RequestFailedException failure) => string.IsNullOrEmpty(failure.ErrorCode) ? $"{failure.Status}" : $"{failure.Status} {failure.ErrorCode}";
}

/// <summary>Azure Storage does not answer, or refuses. What was to be written may or may not be stored.</summary>
public sealed class AzureStorageException(string message, Exception? inner = null) : IOException(message, inner);
