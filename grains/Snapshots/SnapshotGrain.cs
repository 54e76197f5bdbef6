using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Snapshots;

/// <summary>
/// The snapshots of one kind of periods, one run after the other. Reentrant, so that a tick that comes while a run is under way can see that and go; it remembers that
/// run and nothing else.
/// </summary>
[GrainType(GrainTypes.Snapshots), Reentrant]
public sealed partial class SnapshotGrain : Grain, ISnapshotGrain, IRemindable, IDisposable
{
    private const string Reminder = "snapshots";

    // Longer than any run; a run that is under way would else end with an activation that nobody calls.
    private static readonly TimeSpan LongestRun = TimeSpan.FromDays(7);

    private readonly IPeriodSnapshots _snapshots;
    private readonly SnapshotOptions _options;
    private readonly ILogger<SnapshotGrain> _logger;
    private readonly PeriodKind? _kind;
    private readonly CancellationTokenSource _stop;
    private Task<SnapshotRun> _run = Task.FromResult(SnapshotRun.Nothing);

    /// <summary>Creates the grain for the kind that its key names.</summary>
    public SnapshotGrain(IPeriodSnapshots snapshots, IOptions<SnapshotOptions> options, IHostApplicationLifetime host, ILogger<SnapshotGrain> logger)
    {
        _snapshots = snapshots;
        _options = options.Value;
        _logger = logger;
        _kind = PeriodKinds.Find(this.GetPrimaryKeyString());

        // A run is longer than a silo that stops may wait.
        _stop = CancellationTokenSource.CreateLinkedTokenSource(host.ApplicationStopping);
    }

    /// <inheritdoc/>
    public async Task StartAsync()
    {
        if (_kind is { } kind && _options.Writes(kind))
        {
            await this.RegisterOrUpdateReminder(Reminder, _options.Every, _options.Every);
        }
        else if (await this.GetReminder(Reminder) is { } reminder)
        {
            await this.UnregisterReminder(reminder);
        }
    }

    /// <inheritdoc/>
    public async Task<SnapshotRun> WriteAsync(int? most)
    {
        if (_kind is not { } kind)
        {
            return SnapshotRun.Nothing;
        }

        while (!_run.IsCompleted)
        {
            // Its failure is not this caller's.
            await Task.WhenAny(_run);
        }

        return await (_run = RunAsync(kind, most ?? _options.PeriodsPerTick));
    }

    /// <summary>Begins a run, unless one is under way. It is not waited for: a long one would keep the next ticks waiting.</summary>
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (_kind is not { } kind || !_options.Writes(kind))
        {
            await StartAsync();
        }
        else if (_run.IsCompleted)
        {
            _run = RunAsync(kind, _options.PeriodsPerTick);
            _run.Ignore();
        }
        else
        {
            LogSkipped(kind.Name());
        }
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_run);
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    private async Task<SnapshotRun> RunAsync(PeriodKind kind, int most)
    {
        DelayDeactivation(LongestRun);
        try
        {
            var run = await _snapshots.WriteDueAsync(kind, most, _stop.Token);
            if (run.Written.Count > 0)
            {
                LogWritten(run.Written.Count, kind.Name(), run.Written[^1], run.StillDue);
            }

            foreach (var (period, reason) in run.Failed)
            {
                LogPeriodFailed(period, reason);
            }

            return run;
        }
        catch (Exception exception) when (!_stop.IsCancellationRequested)
        {
            LogFailed(kind.Name(), exception);
            throw;
        }
        finally
        {
            // A negative time lets it go as any other activation.
            DelayDeactivation(TimeSpan.FromSeconds(-1));
        }
    }

    [LoggerMessage(80, LogLevel.Information, "{Count} snapshots by {Kind} were written, the last of {Period}; {StillDue} are still due")]
    private partial void LogWritten(int count, string kind, string period, int stillDue);

    [LoggerMessage(81, LogLevel.Error, "The snapshot of {Period} could not be computed and stays due: {Reason}")]
    private partial void LogPeriodFailed(string period, string reason);

    [LoggerMessage(82, LogLevel.Error, "Snapshots by {Kind} could not be written; the next look tries again")]
    private partial void LogFailed(string kind, Exception exception);

    [LoggerMessage(83, LogLevel.Debug, "Snapshots by {Kind} are being written since an earlier tick")]
    private partial void LogSkipped(string kind);
}
