using System.Globalization;
using System.Text;
using OrleansAnalytics.Charts;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Snapshots;

/// <summary>
/// Writes the snapshots of closed periods: every report that says something about such a period, computed by SQL over the lake's events of that period alone, as
/// Parquet and CSV, and of days and months the page <see cref="PageFile"/>. Blocks while it computes.
/// </summary>
/// <param name="lake">The lake.</param>
/// <param name="store">Where snapshots go.</param>
/// <param name="query">What one report may cost.</param>
/// <param name="allowedLateness">How long after its end, in event time, a period stays open.</param>
/// <param name="time">The clock.</param>
public sealed class SnapshotWriter(LakeFolder lake, ISnapshotStore store, LakeQueryOptions query, TimeSpan allowedLateness, TimeProvider time)
{
    /// <summary>The page of a day or a month, beside its tables.</summary>
    public const string PageFile = "report.html";

    /// <summary>Writes what is due, the oldest first. A period that cannot be computed stays due and does not keep the others waiting.</summary>
    /// <param name="kind">The kind of periods.</param>
    /// <param name="most">So many periods at most.</param>
    /// <param name="progress">Told each period before it is computed; null if nobody looks.</param>
    /// <param name="cancellationToken">Stops; the snapshot that is being written then stays what it was.</param>
    /// <exception cref="System.Text.Json.JsonException">A manifest cannot be read.</exception>
    /// <exception cref="IOException">Snapshots cannot be written, or somebody else writes them.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<SnapshotRun> RunAsync(PeriodKind kind, int most, IProgress<Period>? progress = null, CancellationToken cancellationToken = default)
    {
        await store.RemoveReplacedAsync(kind, cancellationToken);
        var plan = SnapshotPlan.Of(lake.Read(), kind, await store.EventsAsync(kind, cancellationToken), allowedLateness);
        var (written, failed) = (new List<string>(), new Dictionary<string, string>());
        foreach (var period in plan.Due)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (written.Count >= most)
            {
                break;
            }

            progress?.Report(period);
            try
            {
                await WriteAsync(period, plan.Watermark!.Value, cancellationToken);
                written.Add(period.ToString());
            }
            catch (SqlException exception)
            {
                failed.Add(period.ToString(), exception.Message);
            }
        }

        return new SnapshotRun(written, failed, plan.Due.Count - written.Count);
    }

    private async Task WriteAsync(Period period, DateTime watermark, CancellationToken cancellationToken)
    {
        using var database = LakeDatabase.Open(lake, query, time, period);
        LakeReports.Share(database, progress: null, cancellationToken);
        await using var draft = await store.BeginAsync(period, cancellationToken);
        var rows = new Dictionary<string, int>();
        var shown = new Dictionary<string, Report>();
        foreach (var definition in LakeReports.Of(period.Kind))
        {
            var report = LakeReports.Run(database, definition.Name, cancellationToken);
            await draft.AddAsync($"{report.Name}.parquet", (stream, stop) => ReportParquet.WriteAsync(stream, report, stop), cancellationToken);
            await draft.AddAsync($"{report.Name}.csv", (stream, stop) => WriteCsvAsync(stream, report.Table, stop), cancellationToken);
            rows.Add(report.Name, report.Table.Rows.Count);
            if (LakePage.Reports.Contains(report.Name))
            {
                shown.Add(report.Name, report);
            }
        }

        if (period.Kind != PeriodKind.Hour)
        {
            var page = LakePage.Of(database, name => shown[name], cancellationToken);
            await draft.AddAsync(PageFile, (stream, stop) => stream.WriteAsync(Encoding.UTF8.GetBytes(page), stop).AsTask(), cancellationToken);
        }

        await draft.CompleteAsync(
            new PeriodManifest
            {
                Kind = period.Kind.Name(),
                Period = period.Name,
                Events = database.FilesRead.Sum(file => file.Rows),
                Positions = database.AsOf,
                LatestEvent = LatestEvent(database, cancellationToken),
                Watermark = Text(watermark),
                Written = Text(time.GetUtcNow().UtcDateTime),
                Reports = rows,
            },
            cancellationToken);
    }

    private static string? LatestEvent(LakeDatabase database, CancellationToken cancellationToken) =>
        new SqlRunner(database).Trusted("SELECT max(event_time) FROM events", cancellationToken).Rows[0][0] is DateTime latest ? Text(latest) : null;

    private static async Task WriteCsvAsync(Stream stream, ReportTable table, CancellationToken cancellationToken)
    {
        await using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        await ReportCsv.WriteAsync(writer, table, cancellationToken);
    }

    private static string Text(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
