using Microsoft.Extensions.Options;
using OrleansAnalytics.Lake.Digests;
using OrleansAnalytics.Lake.Users;

namespace OrleansAnalytics.Lake;

/// <summary>
/// Compacts the lake now and then, beside everything else: that of this node's folder, or the one in blobs, which one silo at a time does. Of a lake in blobs every silo notes, of the
/// files that its copy has, the users and what reports need.
/// </summary>
internal sealed partial class LakeCompaction(
    LakeFolder folder, ILakeSink sink, IOptions<LakeCompactionOptions> options, TimeProvider time, ILogger<LakeCompaction> logger, BlobLakeCompactor? blobs = null, BlobLakeMirror? mirror = null)
    : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A lake elsewhere is not this folder.
        if (options.Value.Every == TimeSpan.Zero || (blobs is null && sink is not DirectoryLakeSink))
        {
            return;
        }

        using var timer = new PeriodicTimer(options.Value.Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await TryAsync(() => CompactAsync(stoppingToken), stoppingToken);
            if (mirror is not null)
            {
                await TryAsync(() => IndexAsync(mirror.Folder, stoppingToken), stoppingToken);
            }
        }
    }

    private async Task TryAsync(Func<Task> work, CancellationToken stoppingToken)
    {
        try
        {
            await work();
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

    private async Task CompactAsync(CancellationToken stoppingToken)
    {
        var result = blobs is not null
            ? await blobs.RunAsync(stoppingToken)
            : await LongAsync(() => new LakeCompactor(folder, options.Value, time).Run(null, stoppingToken), stoppingToken);
        LogCompacted(result.Hours, result.FilesBefore, result.FilesDropped, result.FilesRemoved, result.FilesIndexed, result.FilesDigested);
    }

    /// <summary>The copy's files are indexed as they are: nothing is fetched that nobody has asked for.</summary>
    private async Task IndexAsync(LakeFolder copy, CancellationToken stoppingToken)
    {
        var indexed = await LongAsync(() => new UserFilters(copy).Update(options.Value.MemoryBytes, null, stoppingToken), stoppingToken);
        var digested = await LongAsync(() => new LakeDigests(copy, options.Value.SessionTimeout).Update(options.Value, null, stoppingToken), stoppingToken);
        LogIndexed(indexed, digested);
    }

    private static Task<T> LongAsync<T>(Func<T> work, CancellationToken stoppingToken) =>
        Task.Factory.StartNew(work, stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    [LoggerMessage(70, LogLevel.Debug, "The lake was compacted: {Hours} hours of {Files} files; {Dropped} files are too old, {Removed} were removed, the users of {Indexed} were indexed, {Digested} were digested")]
    private partial void LogCompacted(int hours, int files, int dropped, int removed, int indexed, int digested);

    [LoggerMessage(74, LogLevel.Debug, "Of this node's copy of the lake the users of {Indexed} files were indexed, and {Digested} files digested")]
    private partial void LogIndexed(int indexed, int digested);

    [LoggerMessage(73, LogLevel.Information, "The lake was not compacted: {Reason}")]
    private partial void LogBusy(string reason);

    [LoggerMessage(71, LogLevel.Error, "The lake could not be compacted")]
    private partial void LogFailed(Exception exception);
}
