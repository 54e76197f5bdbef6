using Microsoft.Extensions.Options;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Ingest;

/// <summary>Now and then forgets the oldest dead letters beyond the bounds, up to where no partition replays any more.</summary>
public sealed partial class DeadLetterSweep(
    PartitionStatuses statuses,
    IDeadLetterStore store,
    IOptions<IngestOptions> options,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<DeadLetterSweep> logger) : BackgroundService
{
    private object? _totals;

    /// <summary>What was kept after the last sweep, over all partitions; null before the first.</summary>
    public DeadLetterTotals? Totals => (DeadLetterTotals?)Volatile.Read(ref _totals);

    /// <summary>Sweeps once.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var receivedBefore = (time.GetUtcNow() - options.Value.DeadLettersKeptFor)?.ToUnixTimeMilliseconds();
        var bounds = new DeadLetterBounds(options.Value.DeadLettersKept, options.Value.DeadLetterBytesKept, receivedBefore);
        var sum = default(DeadLetterTotals);
        foreach (var partition in await statuses.GetAsync())
        {
            sum = sum.Plus(await store.TrimAsync(partition.Partition, partition.ReplayFrom, bounds, cancellationToken));
        }

        Volatile.Write(ref _totals, sum);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Services stop one after the other, and the partitions before this one.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        using var timer = new PeriodicTimer(options.Value.DeadLetterSweepEvery, time);
        while (await timer.WaitForNextTickAsync(stopping.Token))
        {
            try
            {
                await SweepAsync(stopping.Token);
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                // The store or a partition is away for a moment; the next sweep does the same.
                LogFailed(exception);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Dead letters could not be swept")]
    private partial void LogFailed(Exception exception);
}
