using System.Text;
using OrleansAnalytics.Lake;

namespace OrleansAnalytics.Reports;

/// <summary>The reports over HTTP.</summary>
public static class ReportEndpoints
{
    /// <summary>The header with the positions that an answer is as of: <c>0:123,1:456</c>.</summary>
    public const string AsOfHeader = "X-As-Of";

    /// <summary>The header with the watermark (ISO 8601, UTC); absent before the first event.</summary>
    public const string WatermarkHeader = "X-Watermark";

    private const string Route = "/v1/reports";
    private const string Live = "live";
    private const string Lake = "lake";

    /// <summary>
    /// Maps <c>GET /v1/reports</c> (names and descriptions) and <c>GET /v1/reports/{name}</c> (the answer as JSON, or with <c>?format=csv</c> its table;
    /// with <c>?from=lake</c> out of the lake, which has more of them). Needs <see cref="ReportCatalog"/> and <see cref="IGrainFactory"/> among the services, and
    /// for the lake what <see cref="LakeHosting.AddLakeFolder"/> registers.
    /// </summary>
    public static IEndpointRouteBuilder MapReports(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Route, (string? from, ReportCatalog catalog) => from == Lake ? ListOfLake() : List(catalog))
            .WithName("ListReports").WithSummary("Names and descriptions of the reports; from=lake those of the lake").Produces<ReportInfo[]>();
        endpoints.MapGet(Route + "/{name}", GetAsync)
            .WithName("GetReport").WithSummary("One report as of now; format=csv answers its table, from=lake computes it from the lake")
            .Produces(StatusCodes.Status200OK, contentType: "application/json")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound);
        return endpoints;
    }

    private static ReportInfo[] List(ReportCatalog catalog) =>
        catalog.All.Select(definition => new ReportInfo(definition.Name, definition.Description)).ToArray();

    private static ReportInfo[] ListOfLake() => LakeReports.All.Select(report => new ReportInfo(report.Name, report.Description)).ToArray();

    private static async Task<IResult> GetAsync(string name, string? format, string? from, IGrainFactory grains, ReportCatalog catalog, HttpResponse response)
    {
        if (from is { Length: > 0 } and not Live)
        {
            return await GetFromLakeAsync(name, format, from, response);
        }

        // Asked here first, so that made-up names activate no grains.
        if (catalog.Find(name) is null || !TryFormat(format, out var csv))
        {
            return Refuse(name, catalog);
        }

        var report = await grains.GetGrain<IReportGrain>(name).GetAsync();
        return report is null ? Refuse(name, catalog) : Answer(report, csv, response);
    }

    private static async Task<IResult> GetFromLakeAsync(string name, string? format, string from, HttpResponse response)
    {
        if (from != Lake)
        {
            return Results.Problem("Reports are from live and from lake.", statusCode: StatusCodes.Status400BadRequest, title: "There is no such source");
        }

        if (LakeReports.Find(name) is null)
        {
            return Unknown(LakeReports.All.Select(report => report.Name));
        }

        return TryFormat(format, out var csv)
            ? await response.HttpContext.RequestServices.GetRequiredService<LakeQuestions>().AnswerAsync(
                response.HttpContext, (database, stop) => Answer(LakeReports.Run(database, name, stop), csv, response))
            : UnknownFormat();
    }

    private static bool TryFormat(string? format, out bool csv)
    {
        csv = string.Equals(format, "csv", StringComparison.OrdinalIgnoreCase);
        return csv || string.IsNullOrEmpty(format) || string.Equals(format, "json", StringComparison.OrdinalIgnoreCase);
    }

    private static IResult Refuse(string name, ReportCatalog catalog) =>
        catalog.Find(name) is null ? Unknown(catalog.All.Select(definition => definition.Name)) : UnknownFormat();

    private static IResult Unknown(IEnumerable<string> names) =>
        Results.Problem($"The reports are {string.Join(", ", names)}.", statusCode: StatusCodes.Status404NotFound, title: "There is no such report");

    private static IResult UnknownFormat() =>
        Results.Problem("The formats are json and csv.", statusCode: StatusCodes.Status400BadRequest, title: "There is no such format");

    private static IResult Answer(Report report, bool csv, HttpResponse response)
    {
        response.Headers[AsOfHeader] = ReportAsOf.Positions(report);
        if (ReportAsOf.Watermark(report) is { } watermark)
        {
            response.Headers[WatermarkHeader] = watermark;
        }

        return csv
            ? Results.Stream(stream => WriteCsvAsync(stream, report.Table), "text/csv; charset=utf-8; header=present")
            : Results.Text(report.Json, "application/json", Encoding.UTF8);
    }

    private static async Task WriteCsvAsync(Stream stream, ReportTable table)
    {
        await using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        await ReportCsv.WriteAsync(writer, table);
    }
}

/// <summary>A report in the list of reports.</summary>
/// <param name="Name">Its name, as in its address.</param>
/// <param name="Description">What it answers.</param>
public sealed record ReportInfo(string Name, string Description);
