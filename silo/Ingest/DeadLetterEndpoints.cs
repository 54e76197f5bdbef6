using OrleansAnalytics.Events;

namespace OrleansAnalytics.Ingest;

/// <summary>What could not be counted, over HTTP: listed, shown, replayed and dropped.</summary>
public static class DeadLetterEndpoints
{
    private const int MaxIds = 1000;

    /// <summary>Maps everything under <c>/v1/dead-letters</c>.</summary>
    public static IEndpointRouteBuilder MapDeadLetters(this IEndpointRouteBuilder endpoints)
    {
        var letters = endpoints.MapGroup("/v1/dead-letters").WithTags("Dead letters");
        letters.MapGet("", ListAsync)
            .WithName("ListDeadLetters").WithSummary("Rejected records with reason, source and raw text, oldest first within a partition; all filters may be combined")
            .Produces<DeadLetterPage>().ProducesProblem(StatusCodes.Status400BadRequest);
        letters.MapGet("/{id}", GetAsync)
            .WithName("GetDeadLetter").WithSummary("One dead letter")
            .Produces<DeadLetterLine>().ProducesProblem(StatusCodes.Status404NotFound);
        letters.MapPost("/{id}/replay", ReplayOneAsync)
            .WithName("ReplayDeadLetter")
            .WithSummary("Gives the record to the door again. With a body (a JSON object, or a CSV header and line, or a line), that is taken instead of what was kept")
            .Produces<ReplayAnswer.Line>().ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status429TooManyRequests).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        letters.MapPost("/replay", ReplayManyAsync)
            .WithName("ReplayDeadLetters").WithSummary("Replays the letters with the ids of the body, else a page of those of the filter, or with all=true of all")
            .Produces<ReplayAnswer>().ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status429TooManyRequests).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        letters.MapDelete("/{id}", DropOneAsync)
            .WithName("DropDeadLetter").WithSummary("Drops one dead letter for good")
            .Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status404NotFound);
        letters.MapDelete("", DropManyAsync)
            .WithName("DropDeadLetters").WithSummary("Drops a page of the dead letters of a filter for good")
            .Produces<DropAnswer>().ProducesProblem(StatusCodes.Status400BadRequest);
        return endpoints;
    }

    private static async Task<IResult> ListAsync(IDeadLetterStore store, [AsParameters] DeadLetterParameters filter, CancellationToken cancellationToken)
    {
        if (!filter.TryQuery(out var query, out var problem))
        {
            return Refuse(problem);
        }

        var letters = await store.ListAsync(query, cancellationToken);
        return Results.Ok(new DeadLetterPage([.. letters.Select(DeadLetterLine.Of)], Next(letters, query)));
    }

    private static async Task<IResult> GetAsync(string id, IDeadLetterStore store, CancellationToken cancellationToken) =>
        await FindAsync(id, store, cancellationToken) is { } letter ? Results.Ok(DeadLetterLine.Of(letter)) : Unknown(id);

    private static async Task<IResult> ReplayOneAsync(string id, HttpContext http, IDeadLetterStore store, LetterReplay replay, IngestGate gate, EventDoor door)
    {
        if (await FindAsync(id, store, http.RequestAborted) is not { } letter)
        {
            return Unknown(id);
        }

        return await ThroughTheGateAsync(http, gate, async () =>
        {
            if (await ReadBodyAsync(http.Request, 2L * door.Options.MaxRecordBytes) is not { } body)
            {
                return gate.Refuse(http, Refusal.BodyTooLarge, $"A record has at most {door.Options.MaxRecordBytes} bytes.");
            }

            RecordFormats.TryFromMediaType(http.Request.ContentType?.Split(';')[0].Trim(), out var format);
            var line = body.Length == 0
                ? (await replay.ReplayAsync([letter], http.RequestAborted))[0]
                : await replay.CorrectAsync(letter, body, format, http.RequestAborted);
            return Results.Ok(ReplayAnswer.Line.Of(line));
        });
    }

    private static async Task<IResult> ReplayManyAsync(
        HttpContext http, ReplayRequest? request, [AsParameters] DeadLetterParameters filter, bool? all, IDeadLetterStore store, LetterReplay replay, IngestGate gate)
    {
        if (request?.Ids is { } ids)
        {
            return ids.Count > MaxIds
                ? Refuse($"at most {MaxIds} ids")
                : await ThroughTheGateAsync(http, gate, async () => Results.Ok(ReplayAnswer.Of(await ReplayAsync(ids, store, replay, http.RequestAborted), null)));
        }

        if (!filter.TryQuery(out var query, out var problem) || (filter.IsAll && all != true))
        {
            return Refuse(problem ?? "say which: ids in the body, a filter, or all=true");
        }

        return await ThroughTheGateAsync(http, gate, async () =>
        {
            var letters = await store.ListAsync(query, http.RequestAborted);
            return Results.Ok(ReplayAnswer.Of(await replay.ReplayAsync(letters, http.RequestAborted), Next(letters, query)));
        });
    }

    private static async Task<IReadOnlyList<ReplayLine>> ReplayAsync(IReadOnlyList<string> ids, IDeadLetterStore store, LetterReplay replay, CancellationToken cancellationToken)
    {
        var letters = new List<DeadLetter>();
        var missing = new List<ReplayLine>();
        foreach (var id in ids.Distinct())
        {
            if (await FindAsync(id, store, cancellationToken) is { } letter)
            {
                letters.Add(letter);
            }
            else
            {
                missing.Add(new ReplayLine(id, ReplayOutcome.NotFound, null, "there is no such dead letter; it may have been replayed or dropped"));
            }
        }

        return [.. await replay.ReplayAsync(letters, cancellationToken), .. missing];
    }

    private static async Task<IResult> DropOneAsync(string id, IDeadLetterStore store, CancellationToken cancellationToken) =>
        await FindAsync(id, store, cancellationToken) is { } letter && await store.RemoveAsync([letter.Key], cancellationToken) == 1 ? Results.NoContent() : Unknown(id);

    private static async Task<IResult> DropManyAsync(IDeadLetterStore store, [AsParameters] DeadLetterParameters filter, CancellationToken cancellationToken)
    {
        if (!filter.TryQuery(out var query, out var problem) || filter.IsAll)
        {
            return Refuse(problem ?? "say which: at least one of reason, source, partition, from and to");
        }

        var letters = await store.ListAsync(query, cancellationToken);
        return Results.Ok(new DropAnswer(await store.RemoveAsync([.. letters.Select(letter => letter.Key)], cancellationToken), Next(letters, query)));
    }

    private static async Task<IResult> ThroughTheGateAsync(HttpContext http, IngestGate gate, Func<Task<IResult>> action)
    {
        using var lease = await gate.EnterAsync(http.RequestAborted);
        if (lease is null)
        {
            return gate.Refuse(http, Refusal.TooManyRequests, "Nothing was replayed. Ask again later.");
        }

        try
        {
            return await action();
        }
        catch (EventLogUnavailableException exception)
        {
            return gate.Refuse(http, Refusal.LogUnavailable, $"{exception.Message}. No letter is removed; replaying them again later counts nothing twice.");
        }
    }

    private static async Task<byte[]?> ReadBodyAsync(HttpRequest request, long maxBytes)
    {
        using var body = new MemoryStream();
        var buffer = new byte[8192];
        for (var read = -1; read != 0;)
        {
            read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted);
            body.Write(buffer.AsSpan(0, read));
            if (body.Length > maxBytes)
            {
                return null;
            }
        }

        return body.ToArray();
    }

    private static async ValueTask<DeadLetter?> FindAsync(string id, IDeadLetterStore store, CancellationToken cancellationToken)
    {
        // The server decodes every escape of a path except that of the slash.
        var text = id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        return DeadLetterKey.TryParse(text, out var key) ? await store.FindAsync(key, cancellationToken) : null;
    }

    private static string? Next(IReadOnlyList<DeadLetter> letters, DeadLetterQuery query) => letters.Count == query.Limit ? letters[^1].Id : null;

    private static IResult Refuse(string? detail) => Results.Problem(detail, statusCode: StatusCodes.Status400BadRequest, title: "The query cannot be answered");

    private static IResult Unknown(string id) => Results.Problem($"There is no dead letter {id}; it may have been replayed or dropped, or has expired.", statusCode: StatusCodes.Status404NotFound, title: "No such dead letter");
}
