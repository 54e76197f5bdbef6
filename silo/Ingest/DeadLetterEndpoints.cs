using System.Globalization;
using System.Text;

namespace OrleansAnalytics.Ingest;

/// <summary>What could not be counted, over HTTP.</summary>
public static class DeadLetterEndpoints
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;

    /// <summary>Maps <c>GET /v1/dead-letters?after=&amp;limit=&amp;reason=</c>.</summary>
    public static IEndpointRouteBuilder MapDeadLetters(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/v1/dead-letters", ListAsync)
            .WithName("ListDeadLetters").WithSummary("Rejected records with reason, source and raw text, oldest first within a partition")
            .Produces<DeadLetterPage>().ProducesProblem(StatusCodes.Status400BadRequest);
        return endpoints;
    }

    private static async Task<IResult> ListAsync(IDeadLetterStore store, string? after, int? limit, string? reason, CancellationToken cancellationToken)
    {
        var query = new DeadLetterQuery(Limit: limit ?? DefaultLimit);
        if (query.Limit is < 1 or > MaxLimit)
        {
            return Refuse($"limit is 1 to {MaxLimit}");
        }

        if (reason is { Length: > 0 })
        {
            if (!RejectReasons.TryParse(reason, out var parsed))
            {
                return Refuse($"the reasons are {string.Join(", ", Enum.GetValues<RejectReason>().Select(one => one.Name()))}");
            }

            query = query with { Reason = parsed };
        }

        if (after is { Length: > 0 })
        {
            if (!TryParseId(after, out var partition, out var position))
            {
                return Refuse("after is the id of a dead letter, such as 3-1207");
            }

            query = query with { AfterPartition = partition, AfterPosition = position };
        }

        var letters = await store.ListAsync(query, cancellationToken);
        var next = letters.Count == query.Limit ? letters[^1].Id : null;
        return Results.Ok(new DeadLetterPage([.. letters.Select(DeadLetterLine.Of)], next));
    }

    private static bool TryParseId(string id, out int partition, out long position)
    {
        var parts = id.Split('-', 3);
        position = 0;
        return int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out partition)
            && parts.Length > 1
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out position);
    }

    private static IResult Refuse(string detail) => Results.Problem(detail, statusCode: StatusCodes.Status400BadRequest, title: "The query cannot be answered");

    private sealed record DeadLetterPage(IReadOnlyList<DeadLetterLine> DeadLetters, string? Next);

    private sealed record DeadLetterLine(string Id, int Partition, long Position, string Entity, string Reason, string? Detail, string Source, DateTimeOffset ReceivedAt, string Raw)
    {
        // Bytes that are no UTF-8 show as replacement characters; the store has them as they came.
        public static DeadLetterLine Of(DeadLetter letter) => new(
            letter.Id,
            letter.Partition,
            letter.Position,
            letter.Entity,
            letter.Reason.Name(),
            letter.Detail,
            letter.Source,
            DateTimeOffset.FromUnixTimeMilliseconds(letter.ReceivedMs),
            Encoding.UTF8.GetString(letter.Raw.Span));
    }
}
