using System.Text.Json;

namespace OrleansAnalytics.Snapshots;

/// <summary>The snapshots of closed periods over HTTP.</summary>
public static class SnapshotEndpoints
{
    private const string Route = "/v1/snapshots";
    private const int ListedAtMost = 1000;
    private const int ListedUnlessTold = 100;

    /// <summary>
    /// Maps <c>GET /v1/snapshots?kind=day</c> (manifests, the latest first), <c>GET /v1/snapshots/{kind}/{period}</c> (a manifest),
    /// <c>GET /v1/snapshots/{kind}/{period}/{file}</c> (a file that it names) and <c>POST /v1/snapshots/write</c> (writes what is due now).
    /// </summary>
    public static IEndpointRouteBuilder MapSnapshots(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Route, ListAsync)
            .WithName("ListSnapshots").WithSummary("Manifests of the latest snapshots of a kind (hour, day, month), the latest first")
            .Produces<PeriodManifest[]>().ProducesProblem(StatusCodes.Status400BadRequest);
        endpoints.MapGet(Route + "/{kind}/{period}", ManifestAsync)
            .WithName("GetSnapshot").WithSummary("The manifest of a period's snapshot").Produces<PeriodManifest>().ProducesProblem(StatusCodes.Status404NotFound);
        endpoints.MapGet(Route + "/{kind}/{period}/{file}", FileAsync)
            .WithName("GetSnapshotFile").WithSummary("A file of a period's snapshot: a report as Parquet or CSV, or the page report.html").ProducesProblem(StatusCodes.Status404NotFound);
        endpoints.MapPost(Route + "/write", WriteAsync)
            .WithName("WriteSnapshots").WithSummary("Write what is due now, of one kind or of all; answers what was written")
            .Produces<SnapshotRun>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        return endpoints;
    }

    private static async Task<IResult> ListAsync(string? kind, int? limit, ISnapshotStore store, CancellationToken stop)
    {
        if (PeriodKinds.Find(kind ?? PeriodKind.Day.Name()) is not { } known)
        {
            return UnknownKind();
        }

        if (limit is < 1 or > ListedAtMost)
        {
            return Results.Problem($"limit is a number from 1 to {ListedAtMost}.", statusCode: StatusCodes.Status400BadRequest, title: "There is no such limit");
        }

        var manifests = await SnapshotList.LatestAsync(store, known, limit ?? ListedUnlessTold, stop);

        // As they are stored, so that a manifest looks the same wherever it is read.
        return Results.Content($"[{string.Join(',', manifests.Select(manifest => JsonDocument.Parse(manifest.ToUtf8()).RootElement.GetRawText()))}]", "application/json");
    }

    private static async Task<IResult> ManifestAsync(string kind, string period, ISnapshotStore store, CancellationToken stop) =>
        Find(kind, period) is { } known && await store.FindAsync(known, stop) is { } manifest ? Results.Bytes(manifest.ToUtf8(), "application/json") : NotThere();

    private static async Task<IResult> FileAsync(string kind, string period, string file, ISnapshotStore store, HttpResponse response, CancellationToken stop)
    {
        if (Find(kind, period) is not { } known || await store.OpenAsync(known, file, stop) is not { } content)
        {
            return NotThere();
        }

        // A page has its own policy in it; this is for whoever shows it in a frame or keeps it.
        response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";
        response.Headers.XContentTypeOptions = "nosniff";
        return Results.Stream(content, Path.GetExtension(file) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".csv" => "text/csv; charset=utf-8; header=present",
            _ => "application/vnd.apache.parquet",
        });
    }

    private static async Task<IResult> WriteAsync(string? kind, int? most, IGrainFactory grains)
    {
        if (kind is not null && PeriodKinds.Find(kind) is null)
        {
            return UnknownKind();
        }

        if (most is < 1)
        {
            return Results.Problem("most is a number from 1.", statusCode: StatusCodes.Status400BadRequest, title: "There is nothing to write");
        }

        var runs = new List<SnapshotRun>();
        foreach (var name in kind is null ? PeriodKinds.All.Select(one => one.Name()) : [kind])
        {
            try
            {
                runs.Add(await grains.GetGrain<ISnapshotGrain>(name).WriteAsync(most));
            }
            catch (IOException exception)
            {
                return Results.Problem(exception.Message, statusCode: StatusCodes.Status503ServiceUnavailable, title: "Snapshots cannot be written");
            }
        }

        return Results.Ok(new SnapshotRun(
            [.. runs.SelectMany(run => run.Written)],
            runs.SelectMany(run => run.Failed).ToDictionary(failed => failed.Key, failed => failed.Value),
            runs.Sum(run => run.StillDue)));
    }

    private static Period? Find(string kind, string period) => PeriodKinds.Find(kind) is { } known ? Period.Find(known, period) : null;

    private static IResult UnknownKind() =>
        Results.Problem($"The kinds are {string.Join(", ", PeriodKinds.All.Select(kind => kind.Name()))}.", statusCode: StatusCodes.Status400BadRequest, title: "There is no such kind of period");

    private static IResult NotThere() => Results.Problem(
        "A period is named hour/2019-10-01T02, day/2019-10-01 or month/2019-10, and its snapshot is there once it is closed; its manifest names its files.",
        statusCode: StatusCodes.Status404NotFound, title: "There is no such snapshot");
}
