using OrleansAnalytics.AzureStorage;

namespace OrleansAnalytics.Partitions;

/// <summary>Once a day removes large values that no row names any more.</summary>
internal sealed partial class StraySweep(AzureTableStateStore store, TimeProvider time, ILogger<StraySweep> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                await store.Spilled.RemoveStraysAsync(time.GetUtcNow(), stoppingToken);
            }
            catch (Exception exception) when (AzureFailure.IsOfStorage(exception, stoppingToken))
            {
                LogFailed(AzureFailure.Explain(exception, "old values of entities could not be removed").Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(80, LogLevel.Warning, "{Reason}; they will be looked for tomorrow")]
    private partial void LogFailed(string reason);
}
