using System.Globalization;
using System.Text;
using System.Text.Json;
using OrleansAnalytics.Snapshots;

namespace OrleansAnalytics.Client;

/// <content>
/// Questions to the server's lake: every event it ever accepted. They throw like the others; a question that takes too long is repeated like any other that failed,
/// so give a client for them few repeats (<see cref="AnalyticsClientOptions.MaxRetries"/>) and more time (<see cref="AnalyticsClientOptions.RequestTimeout"/>).
/// </content>
public sealed partial class AnalyticsClient
{
    /// <summary>One SELECT over the lake.</summary>
    /// <param name="question">The statement and its limits.</param>
    /// <param name="mediaType"><c>application/json</c> (an array of objects), <c>text/csv</c> or <c>application/vnd.apache.parquet</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer in that form.</returns>
    public Task<byte[]> QueryLakeAsync(LakeQuestion question, string mediaType = "application/json", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(question);
        var body = JsonSerializer.SerializeToUtf8Bytes(question, WireJson.Default.LakeQuestion);
        return _http.PostAsync("/v1/sql", body, "application/json", mediaType, cancellationToken);
    }

    /// <summary>A report computed from the lake, as JSON.</summary>
    public async Task<JsonElement> GetLakeReportAsync(string name, CancellationToken cancellationToken = default)
    {
        var body = await _http.GetAsync($"/v1/reports/{Segment(name)}?from=lake", false, cancellationToken).ConfigureAwait(false);
        return Answer.Read(body!, WireJson.Default.JsonElement);
    }

    /// <summary>A report computed from the lake, as CSV with a header.</summary>
    public async Task<string> GetLakeReportCsvAsync(string name, CancellationToken cancellationToken = default) =>
        Encoding.UTF8.GetString((await _http.GetAsync($"/v1/reports/{Segment(name)}?from=lake&format=csv", false, cancellationToken).ConfigureAwait(false))!);

    /// <summary>Brings the server's lake up to what is applied now; answers the lake's position by partition.</summary>
    public async Task<IReadOnlyDictionary<int, long>> WriteLakeAsync(CancellationToken cancellationToken = default) =>
        Answer.Read(await _http.PostAsync("/v1/lake/write", default, "application/json", cancellationToken).ConfigureAwait(false), WireJson.Default.LakePositions).Positions;

    /// <summary>Writes the snapshots of closed periods that are due; answers what was written.</summary>
    /// <param name="kind">Of this kind alone; null for all.</param>
    /// <param name="most">So many periods of a kind at most; null for the server's limit.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<SnapshotRun> WriteSnapshotsAsync(PeriodKind? kind = null, int? most = null, CancellationToken cancellationToken = default)
    {
        var query = Query(("kind", kind?.Name()), ("most", most?.ToString(CultureInfo.InvariantCulture)));
        return Answer.Read(await _http.PostAsync("/v1/snapshots/write" + query, default, "application/json", cancellationToken).ConfigureAwait(false), WireJson.Default.SnapshotRun);
    }

    /// <summary>The manifests of the latest snapshots of a kind, the latest first.</summary>
    public async Task<IReadOnlyList<PeriodManifest>> ListSnapshotsAsync(PeriodKind kind, int limit, CancellationToken cancellationToken = default)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/v1/snapshots?kind={kind.Name()}&limit={limit}");
        var answer = Answer.Read((await _http.GetAsync(path, false, cancellationToken).ConfigureAwait(false))!, WireJson.Default.JsonElement);
        return [.. answer.EnumerateArray().Select(one => PeriodManifest.FromUtf8(Encoding.UTF8.GetBytes(one.GetRawText())))];
    }

}

/// <summary>A question to the lake in SQL.</summary>
/// <param name="Sql">One SELECT statement over <c>events</c> and the lake's other tables.</param>
/// <param name="Rows">Rows at most; null for the server's limit.</param>
/// <param name="Cut">True: an answer with more rows is cut. False: it is refused (413).</param>
/// <param name="TimeoutSeconds">How long it may take; null for the server's limit.</param>
/// <param name="User">Only the events of this user, found without reading the files that have none; null for all.</param>
public sealed record LakeQuestion(string Sql, int? Rows = null, bool Cut = true, double? TimeoutSeconds = null, string? User = null);

/// <summary>What the server says when it has brought its lake up.</summary>
/// <param name="Positions">The lake's position by partition.</param>
internal sealed record LakePositions(IReadOnlyDictionary<int, long> Positions);
