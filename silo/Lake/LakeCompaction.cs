using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Lake;

/// <summary>Compacts the lake of this node now and then, beside everything else.</summary>
internal sealed partial class LakeCompaction(LakeFolder folder, ILakeSink sink, IOptions<LakeCompactionOptions> options, TimeProvider time, ILogger<LakeCompaction> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A lake elsewhere is not this folder.
        if (options.Value.Every == TimeSpan.Zero || sink is not DirectoryLakeSink)
        {
            return;
        }

        using var timer = new PeriodicTimer(options.Value.Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var result = await Task.Factory.StartNew(
                    () => new LakeCompactor(folder, options.Value, time).Run(null, stoppingToken), stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
                LogCompacted(result.Hours, result.FilesBefore, result.FilesDropped, result.FilesRemoved, result.FilesIndexed);
            }
            catch (LakeBusyException exception)
            {
                LogBusy(exception.Message);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The lake is as it was; the next look tries again.
                LogFailed(exception);
            }
        }
    }

    [LoggerMessage(70, LogLevel.Debug, "The lake was compacted: {Hours} hours of {Files} files; {Dropped} files are too old, {Removed} were removed, the users of {Indexed} were indexed")]
    private partial void LogCompacted(int hours, int files, int dropped, int removed, int indexed);

    [LoggerMessage(73, LogLevel.Information, "The lake was not compacted: {Reason}")]
    private partial void LogBusy(string reason);

    [LoggerMessage(71, LogLevel.Error, "The lake could not be compacted")]
    private partial void LogFailed(Exception exception);
}
