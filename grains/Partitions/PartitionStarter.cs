using Microsoft.Extensions.Logging;
using OrleansAnalytics.Events;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Snapshots;

namespace OrleansAnalytics.Partitions;

/// <summary>Wakes all partitions, reports and snapshots when a silo has started, and asks for checkpoints when it stops, so that the next start replays little.</summary>
public sealed partial class PartitionStarter(IGrainFactory grains, IEventLog log, TimeProvider time, ILogger<PartitionStarter> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    // After the silo takes calls, so that on the way down it comes before calls are refused.
    private const int Stage = ServiceLifecycleStage.Active + 1;

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle observer) => observer.Subscribe(nameof(PartitionStarter), Stage, StartAsync, StopAsync);

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        // All at once: one after the other, the later ones would wait for processor time behind the replay of the earlier ones, and the node would serve late.
        var partitions = Enumerable.Range(0, log.PartitionCount)
            .Select(partition => RetryAsync(grains.GetGrain<IPartitionGrain>(partition).StartAsync, $"partition {partition}", cancellationToken));
        var reports = ReportNames.All.Select(report => RetryAsync(grains.GetGrain<IReportGrain>(report).StartAsync, $"report {report}", cancellationToken));
        var snapshots = PeriodKinds.All.Select(kind => kind.Name()).Select(kind => RetryAsync(grains.GetGrain<ISnapshotGrain>(kind).StartAsync, $"snapshots by {kind}", cancellationToken));
        await Task.WhenAll([.. partitions, .. reports, .. snapshots]);
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        var checkpoints = Enumerable.Range(0, log.PartitionCount).Select(partition => grains.GetGrain<IPartitionGrain>(partition).CheckpointAsync());
        try
        {
            await Task.WhenAll(checkpoints).WaitAsync(cancellationToken);
        }
        catch (Exception exception)
        {
            LogNoCheckpoint(logger, exception);
        }
    }

    private async Task RetryAsync(Func<Task> start, string what, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await start();
                return;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                LogNotStarted(logger, what, exception);
                await Task.Delay(RetryDelay, time, cancellationToken);
            }
        }
    }

    [LoggerMessage(30, LogLevel.Warning, "Could not start {What}; trying again")]
    private static partial void LogNotStarted(ILogger logger, string what, Exception exception);

    [LoggerMessage(31, LogLevel.Warning, "Stopping without a last checkpoint; the next start replays from the one before")]
    private static partial void LogNoCheckpoint(ILogger logger, Exception exception);
}
