using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Reports;

/// <summary>
/// One report: gathers the tallies of all partitions, merges and computes. Reentrant, so that callers who come while a gathering is under way share it
/// instead of queueing for their own; its state is that shared answer and what the last snapshot was of, and neither must survive.
/// </summary>
[GrainType(GrainTypes.Report), Reentrant]
public sealed class ReportGrain : Grain, IReportGrain, IRemindable, IDisposable
{
    private const string SnapshotReminder = "snapshot";

    private readonly IEventLog _log;
    private readonly IReportSink _sink;
    private readonly ReportOptions _options;
    private readonly ILogger<ReportGrain> _logger;
    private readonly IReportDefinition? _definition;
    private readonly SharedAnswer<Report> _answer;
    private readonly SemaphoreSlim _oneSnapshotAtATime = new(1);
    private IReadOnlyDictionary<int, long>? _snapshotOf;

    /// <summary>Creates the grain for the report that its key names.</summary>
    public ReportGrain(
        ReportCatalog catalog, IEventLog log, IReportSink sink, IOptions<ReportOptions> options, TimeProvider time, ILogger<ReportGrain> logger)
    {
        _log = log;
        _sink = sink;
        _options = options.Value;
        _logger = logger;
        _definition = catalog.Find(this.GetPrimaryKeyString());
        _answer = new SharedAnswer<Report>(GatherAsync, _options.CacheFor, time);
    }

    /// <inheritdoc/>
    public async Task StartAsync()
    {
        if (_definition is not null)
        {
            await this.RegisterOrUpdateReminder(SnapshotReminder, _options.SnapshotEvery, _options.SnapshotEvery);
        }
    }

    /// <inheritdoc/>
    public async Task<Report?> GetAsync() => _definition is null ? null : await _answer.GetAsync();

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> WriteSnapshotAsync() =>
        _definition is null ? Array.Empty<string>() : await WriteAsync(evenIfUnchanged: true);

    /// <summary>Writes a snapshot if events were applied since the last one.</summary>
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (_definition is not null)
        {
            await WriteAsync(evenIfUnchanged: false);
        }
        else if (await this.GetReminder(reminderName) is { } reminder)
        {
            // A report that no longer exists is still in the reminder table.
            await this.UnregisterReminder(reminder);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _oneSnapshotAtATime.Dispose();

    private async Task<Report> GatherAsync()
    {
        var gathering = new Task<SiteTallies>[_log.PartitionCount];
        for (var partition = 0; partition < gathering.Length; partition++)
        {
            gathering[partition] = GrainFactory.GetGrain<IPartitionGrain>(partition).TalliesAsync(_definition!.Parts).AsTask();
        }

        var merged = new SiteTallies();
        foreach (var tallies in await Task.WhenAll(gathering))
        {
            merged.Merge(tallies);
        }

        return _definition!.Compute(merged);
    }

    private async Task<IReadOnlyList<string>> WriteAsync(bool evenIfUnchanged)
    {
        // Two at once could leave the older one in the file.
        await _oneSnapshotAtATime.WaitAsync();
        try
        {
            var report = await _answer.GetAsync();
            if (!evenIfUnchanged && SamePositions(report.AsOf, _snapshotOf))
            {
                return Array.Empty<string>();
            }

            var locations = await _sink.WriteAsync(report, SnapshotName.PeriodOf(report.WatermarkMs));
            _snapshotOf = report.AsOf;
            ReportGrainLog.SnapshotWritten(_logger, report.Name, report.Table.Rows.Count, locations[0]);
            return locations;
        }
        finally
        {
            _oneSnapshotAtATime.Release();
        }
    }

    private static bool SamePositions(IReadOnlyDictionary<int, long> left, IReadOnlyDictionary<int, long>? right) =>
        right is not null && left.Count == right.Count && left.All(pair => right.TryGetValue(pair.Key, out var position) && position == pair.Value);
}
