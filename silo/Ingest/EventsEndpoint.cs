using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Ingest;

/// <summary>
/// <c>POST /v1/events?source=&amp;first_record=</c>: takes events as CSV, JSON, JSON lines or binary batches, plain or in gzip, of any size. Answers 200 once the
/// log has acknowledged every record, also if all were rejected; 429 before reading anything when enough requests wait.
/// </summary>
public static class EventsEndpoint
{
    private const string DefaultSource = "http";
    private const string Problem = "application/problem+json";

    /// <summary>Maps the endpoint.</summary>
    public static IEndpointRouteBuilder MapEvents(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/events", PostAsync)
            .WithName("PostEvents")
            .WithSummary("Appends events: text/csv, application/json, application/x-ndjson or " + BinaryEvents.MediaType + ", plain or gzip")
            .Produces<EventsAnswer>()
            .Produces(StatusCodes.Status400BadRequest, contentType: Problem)
            .Produces(StatusCodes.Status413PayloadTooLarge, contentType: Problem)
            .Produces(StatusCodes.Status415UnsupportedMediaType, contentType: Problem)
            .Produces(StatusCodes.Status429TooManyRequests, contentType: Problem)
            .Produces(StatusCodes.Status503ServiceUnavailable, contentType: Problem);
        return routes;
    }

    private static async Task<IResult> PostAsync(HttpContext http, EventDoor door, IngestGate gate)
    {
        var request = http.Request;
        if (!TryFormat(request, out var format, out var unsupported))
        {
            return Results.Problem(unsupported, statusCode: StatusCodes.Status415UnsupportedMediaType, title: "This format is not read here");
        }

        if (!TrySource(request, door.Options, out var source, out var firstRecord, out var wrong))
        {
            return Results.Problem(wrong, statusCode: StatusCodes.Status400BadRequest, title: "A parameter is wrong");
        }

        if (request.ContentLength > door.Options.MaxBodyBytes)
        {
            return gate.Refuse(http, Refusal.BodyTooLarge, TooLong(door.Options));
        }

        using var lease = await gate.EnterAsync(http.RequestAborted);
        if (lease is null)
        {
            return gate.Refuse(http, Refusal.TooManyRequests, "Nothing of the body was read. Send it again later.");
        }

        // Bodies are read as they come and never held, so their size needs no limit of the server's, which would also cut the connection before its
        // answer is read; the server's least rate still ends a stalled one.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }

        using var session = door.Begin(source, firstRecord);
        try
        {
            var broken = await EventSource.ReadAsync(request.Body, format, session, door.Options.MaxBodyBytes, cancellationToken: http.RequestAborted);
            return broken switch
            {
                null => Results.Ok(EventsAnswer.Of(session.Result)),
                { IsTooLong: true } => gate.Refuse(http, Refusal.BodyTooLarge, $"{TooLong(door.Options)} The first {session.Result.Through} records are appended.", EventsAnswer.Of(session.Result)),
                _ => BrokenOff(broken, session.Result),
            };
        }
        catch (SourceException exception)
        {
            return Unreadable(exception);
        }
        catch (EventLogUnavailableException exception)
        {
            var soFar = EventsAnswer.Of(session.Result);
            return gate.Refuse(
                http,
                Refusal.LogUnavailable,
                $"{exception.Message}. The first {soFar.Through} records are appended. Send the whole body again later: what was appended already is recognised.",
                soFar);
        }
    }

    private static string TooLong(IngestOptions options) => $"A body has at most {options.MaxBodyBytes} bytes; send it in parts.";

    private static IResult Unreadable(SourceException exception)
    {
        var (status, title) = exception.Problem switch
        {
            SourceProblem.Empty => (StatusCodes.Status400BadRequest, "The body is empty"),
            SourceProblem.WrongColumns => (StatusCodes.Status400BadRequest, "The columns are wrong"),
            SourceProblem.WrongBeginning => (StatusCodes.Status400BadRequest, "The body is not of its Content-Type"),
            SourceProblem.NewerVersion => (StatusCodes.Status415UnsupportedMediaType, "This format is not read here"),
            _ => throw new ArgumentOutOfRangeException(nameof(exception), exception.Problem, "not a problem"),
        };
        return Results.Problem(exception.Message, statusCode: status, title: title);
    }

    private static IResult BrokenOff(SourceBreak broken, IngestResult result)
    {
        var extensions = EventsAnswer.Of(result).Extensions();
        extensions["offset"] = broken.Offset;
        return Results.Problem(
            $"After {result.Received} records, {broken.Offset} bytes into the text: {broken.Message}. What came before is appended.",
            statusCode: StatusCodes.Status400BadRequest,
            title: "The body breaks off",
            extensions: extensions);
    }

    private static bool TryFormat(HttpRequest request, out RecordFormat? format, out string? unsupported)
    {
        format = null;
        unsupported = null;
        var encoding = request.Headers.ContentEncoding.ToString();
        if (encoding.Length > 0 && !encoding.Equals("gzip", StringComparison.OrdinalIgnoreCase)
            && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            unsupported = $"Content-Encoding {encoding}: send it plain or in gzip.";
            return false;
        }

        var mediaType = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.Value : request.ContentType;
        if (!RecordFormats.TryFromMediaType(mediaType, out format))
        {
            unsupported = $"Content-Type {mediaType}: send text/csv, application/json, application/x-ndjson or {BinaryEvents.MediaType}.";
            return false;
        }

        return true;
    }

    private static bool TrySource(HttpRequest request, IngestOptions options, out string source, out long firstRecord, out string? wrong)
    {
        wrong = null;
        firstRecord = 1;
        source = request.Query["source"].ToString();
        source = source.Length == 0 ? DefaultSource : source;
        if (source.Length > options.MaxSourceLength)
        {
            wrong = $"source is longer than {options.MaxSourceLength} characters.";
        }

        var first = request.Query["first_record"].ToString();
        if (first.Length > 0 && (!long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out firstRecord) || firstRecord < 1))
        {
            wrong = "first_record is a number from 1.";
        }

        return wrong is null;
    }
}
