using Microsoft.Extensions.Options;
using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Lake;

/// <summary>What can be asked of the lake's writers.</summary>
public static class LakeEndpoints
{
    /// <summary>Maps <c>POST /v1/lake/write</c>: answers when the lake has every event that is applied now.</summary>
    public static IEndpointRouteBuilder MapLake(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/v1/lake/write", async Task<IResult> (IGrainFactory grains, IEventLog log, IOptions<LakeOptions> options) =>
            {
                if (!options.Value.Enabled)
                {
                    return Results.Problem("nothing is written to the lake: Lake:Enabled is off", statusCode: StatusCodes.Status409Conflict);
                }

                var positions = await Task.WhenAll(Enumerable.Range(0, log.PartitionCount).Select(partition => grains.GetGrain<IPartitionGrain>(partition).WriteLakeAsync()));
                return Results.Ok(new LakePositions(positions.Index().ToDictionary(one => one.Index, one => one.Item)));
            })
            .WithName("WriteLake").WithSummary("Bring the lake up to what is applied now").Produces<LakePositions>().ProducesProblem(StatusCodes.Status409Conflict);
        return endpoints;
    }

    /// <summary>The lake's position by partition.</summary>
    private sealed record LakePositions(IReadOnlyDictionary<int, long> Positions);
}
