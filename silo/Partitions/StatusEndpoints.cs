using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Partitions;

/// <summary>Where the partitions stand, and whether the node is alive and ready.</summary>
public static class StatusEndpoints
{
    /// <summary>Maps <c>GET /v1/status</c>, <c>/health/live</c> and <c>/health/ready</c>.</summary>
    public static IEndpointRouteBuilder MapStatus(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/v1/status", async (PartitionStatuses statuses, IngestGate gate, DeadLetterSweep letters) =>
                SiteStatus.Of(await statuses.GetAsync()) with { Door = gate.Load, DeadLetters = letters.Totals })
            .WithName("GetStatus").WithSummary("Where every partition and the door stand").Produces<SiteStatus>();
        endpoints.MapGet("/health/live", () => Results.Ok(new Health("alive")))
            .WithName("GetLiveness").WithSummary("The process answers").Produces<Health>();
        endpoints.MapGet("/health/ready", ReadyAsync)
            .WithName("GetReadiness").WithSummary("The log takes events and every partition runs").Produces<Health>().ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        return endpoints;
    }

    private static async Task<IResult> ReadyAsync(PartitionStatuses statuses)
    {
        var status = SiteStatus.Of(await statuses.GetAsync());
        return status.Ready
            ? Results.Ok(new Health("ready"))
            : Results.Problem(
                string.Join("; ", status.Partitions.Where(one => !one.Serves).Select(one => $"partition {one.Partition} is {one.Phase}: {one.LastTrouble ?? "starting"}")),
                statusCode: StatusCodes.Status503ServiceUnavailable,
                title: "Not ready");
    }

    private sealed record Health(string Status);
}

/// <summary>Asks all partitions for their status.</summary>
public sealed class PartitionStatuses(IGrainFactory grains, IEventLog log)
{
    /// <summary>The status of every partition, by number.</summary>
    public Task<PartitionStatus[]> GetAsync() =>
        Task.WhenAll(Enumerable.Range(0, log.PartitionCount).Select(partition => grains.GetGrain<IPartitionGrain>(partition).StatusAsync().AsTask()));
}
