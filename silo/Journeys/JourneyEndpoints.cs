using OrleansAnalytics.Events;

namespace OrleansAnalytics.Journeys;

/// <summary>Journeys over HTTP.</summary>
public static class JourneyEndpoints
{
    /// <summary>Maps <c>GET /v1/users/{id}/journey?from=&amp;to=</c>.</summary>
    public static IEndpointRouteBuilder MapJourneys(this IEndpointRouteBuilder endpoints)
    {
        // Taken here, as a service asked for by a request makes a scope of services for it.
        var journeys = endpoints.ServiceProvider.GetRequiredService<JourneyQuestions>();
        endpoints.MapGet("/v1/users/{id}/journey", (string id, string? from, string? to, HttpContext context) => GetAsync(id, from, to, journeys, context))
            .WithName("GetJourney")
            .WithTags("Journeys")
            .WithSummary("What one user did: totals over all time, and the sessions and steps between from (inclusive) and to (exclusive). What is older than is kept comes from the lake if from asks for it.")
            .Produces(StatusCodes.Status200OK, contentType: "application/json")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound);
        return endpoints;
    }

    private static async Task<IResult> GetAsync(string id, string? from, string? to, JourneyQuestions journeys, HttpContext context)
    {
        if (EntityRoute.Problem(ref id, "user id") is { } tooLong)
        {
            return tooLong;
        }

        if (!EventTimeText.TryParse(from, out var fromTime))
        {
            return EntityRoute.Invalid($"from is '{from}'; it must be an ISO 8601 time such as 2019-10-01T00:00:00Z.");
        }

        if (!EventTimeText.TryParse(to, out var toTime))
        {
            return EntityRoute.Invalid($"to is '{to}'; it must be an ISO 8601 time such as 2019-10-02T00:00:00Z.");
        }

        if (fromTime > toTime)
        {
            return EntityRoute.Invalid($"from ({from}) is after to ({to}).");
        }

        var journey = await journeys.GetAsync(id, fromTime, toTime);
        if (journey is null)
        {
            return EntityRoute.Unknown("user", id);
        }

        // Most questions are for what is kept; they do not even ask whether there is a lake.
        return fromTime is { } begin && begin < (journey.KeptFrom ?? journey.FirstSeen)
            && context.RequestServices.GetService<JourneyPast>() is { } past && past.Reaches(journey, begin)
            ? new JourneyResult(await past.CompleteAsync(journey, begin, toTime, context.RequestAborted))
            : new JourneyResult(new LongJourney(journey, null));
    }

    private sealed class JourneyResult(LongJourney journey) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.ContentType = "application/json; charset=utf-8";

            // Nothing is sent before the flush, so the length can still be told; without it the answer would go in chunks.
            response.ContentLength = JourneyJson.Write(response.BodyWriter, journey.Journey, journey.Note);
            await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
        }
    }
}
