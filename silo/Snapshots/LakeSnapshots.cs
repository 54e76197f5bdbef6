using Microsoft.Extensions.Options;
using OrleansAnalytics.Lake;

namespace OrleansAnalytics.Snapshots;

/// <summary>
/// Snapshots out of the lake of this node, or of its copy of a lake elsewhere, one kind at a time: each takes the memory and threads that its options allow.
/// </summary>
internal sealed class LakeSnapshots(
    LakeFolder folder, ISnapshotStore store, IOptions<SnapshotOptions> options, IOptions<LakeQueryOptions> questions, TimeProvider time, BlobLakeMirror? mirror = null) : IPeriodSnapshots, IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly SnapshotWriter _writer = new(mirror?.Folder ?? folder, store, Limits(options.Value, questions.Value), options.Value.AllowedLateness, time);

    /// <inheritdoc/>
    public async Task<SnapshotRun> WriteDueAsync(PeriodKind kind, int most, CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (mirror is not null)
            {
                await Task.Run(() => mirror.RefreshAsync(cancellationToken), cancellationToken);
            }

            // It computes and syncs for long: on a thread of its own.
            return await Task.Factory.StartNew(
                () => _writer.RunAsync(kind, most, null, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private static LakeQueryOptions Limits(SnapshotOptions options, LakeQueryOptions questions) => new()
    {
        TimeLimit = options.TimeLimit,
        MemoryLimitBytes = options.MemoryBytes,
        Threads = options.Threads,
        MaxReportRows = questions.MaxReportRows,
        MaxTempBytes = questions.MaxTempBytes,
        TempDirectory = questions.TempDirectory,
        SessionTimeout = questions.SessionTimeout,
    };
}
