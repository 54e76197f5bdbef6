using System.Text;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Lake;

/// <summary>SQL over the lake, over HTTP.</summary>
public static class SqlEndpoints
{
    /// <summary>The header that says <c>true</c> if there are more rows than the answer has.</summary>
    public const string CutHeader = "X-Cut";

    /// <summary>The media type of Parquet files.</summary>
    public const string ParquetType = "application/vnd.apache.parquet";

    private const string Json = "application/json";
    private const string Csv = "text/csv";
    private const int MaxBodyBytes = 1 << 20;

    private static readonly string[] Types = [Json, Csv, ParquetType];

    /// <summary>
    /// Maps <c>POST /v1/sql</c>: a <see cref="SqlRequest"/> as JSON, answered as <c>Accept</c> says in JSON (an array of objects), CSV or Parquet. Needs what
    /// <see cref="LakeHosting.AddLakeFolder"/> registers.
    /// </summary>
    public static IEndpointRouteBuilder MapSql(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/v1/sql", AnswerAsync)
            .WithName("Sql").WithTags("Lake").WithSummary("One SELECT over the lake: events, session_events, sessions, carts, funnels, category_funnels, ingested, rejected")
            .WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes))
            .Produces(StatusCodes.Status200OK, contentType: Json, additionalContentTypes: [Csv, ParquetType])
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status406NotAcceptable).ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity).ProducesProblem(StatusCodes.Status429TooManyRequests)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable).ProducesProblem(StatusCodes.Status504GatewayTimeout);
        return endpoints;
    }

    private static async Task<IResult> AnswerAsync(SqlRequest request, HttpContext context)
    {
        if (string.IsNullOrWhiteSpace(request.Sql))
        {
            return Results.Problem("Send {\"sql\": \"SELECT …\"}.", statusCode: StatusCodes.Status400BadRequest, title: "There is no statement");
        }

        if (TypeOf(context.Request) is not { } type)
        {
            return Results.Problem($"The types are {string.Join(", ", Types)}.", statusCode: StatusCodes.Status406NotAcceptable, title: "There is no such type");
        }

        var query = new SqlQuery(request.Sql)
        {
            MaxRows = request.Rows,
            Cut = request.Cut,
            TimeLimit = request.TimeoutSeconds is > 0 and < 1_000_000 and var seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
        return await context.RequestServices.GetRequiredService<LakeQuestions>().AnswerAsync(context, (database, stop) =>
        {
            var answer = Answer(new SqlRunner(database), query, type, context.Response, stop);
            context.Response.Headers[ReportEndpoints.AsOfHeader] = ReportAsOf.Positions(database.AsOf);
            return answer;
        }, request.User);
    }

    private static IResult Answer(SqlRunner runner, SqlQuery query, string type, HttpResponse response, CancellationToken stop)
    {
        if (type == ParquetType)
        {
            var file = runner.Parquet(query, stop);
            SayCut(response, file.IsCut);
            return Results.Bytes(file.Bytes, ParquetType);
        }

        var result = runner.Rows(query, stop);
        SayCut(response, result.IsCut);
        var body = new MemoryStream();
        if (type == Csv)
        {
            using var writer = new StreamWriter(body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
            SqlWriter.WriteCsv(writer, result);
        }
        else
        {
            SqlWriter.WriteJson(body, result);
        }

        body.Position = 0;
        return Results.Stream(body, type == Csv ? "text/csv; charset=utf-8; header=present" : Json);
    }

    private static void SayCut(HttpResponse response, bool isCut) => response.Headers[CutHeader] = isCut ? "true" : "false";

    private static string? TypeOf(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        return accepted.Count == 0
            ? Json
            : accepted.OrderByDescending(wanted => wanted.Quality ?? 1)
                .Select(wanted => Types.FirstOrDefault(type => new MediaTypeHeaderValue(type).IsSubsetOf(new MediaTypeHeaderValue(wanted.MediaType))))
                .FirstOrDefault(type => type is not null);
    }
}

/// <summary>A question in SQL.</summary>
/// <param name="Sql">One SELECT statement.</param>
/// <param name="Rows">Rows at most; null, and whatever is more, is <see cref="LakeQueryOptions.MaxRows"/>.</param>
/// <param name="Cut">True: an answer with more rows is cut, and the header says so. False: it is refused with 413.</param>
/// <param name="TimeoutSeconds">How long it may take; null, and whatever is longer, is <see cref="LakeQueryOptions.TimeLimit"/>.</param>
/// <param name="User">Only the events of this user, found without reading the files that have none; null for all.</param>
public sealed record SqlRequest(string? Sql, int? Rows = null, bool Cut = true, double? TimeoutSeconds = null, string? User = null);
