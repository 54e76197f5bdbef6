using Microsoft.AspNetCore.Diagnostics;
using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Hosting;

/// <summary>Says what went wrong where a person can do something about it; any other failure stays a bare 500.</summary>
internal static class Problems
{
    /// <summary>503 for what comes back by itself or after a repair, else 500.</summary>
    public static ExceptionHandlerOptions Handling { get; } = new()
    {
        StatusCodeSelector = exception => exception is PartitionUnavailableException or AzureStorageException ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status500InternalServerError,
    };

    /// <summary>Fills in title and detail.</summary>
    public static void Describe(ProblemDetailsContext context)
    {
        var title = context.Exception switch
        {
            DamagedFormatException => "What is stored cannot be read",
            PartitionUnavailableException => "A partition is not available",
            AzureStorageException => "The storage is not available",
            _ => null,
        };
        if (title is not null)
        {
            (context.ProblemDetails.Title, context.ProblemDetails.Detail) = (title, context.Exception!.Message);
        }
    }
}
