using OrleansAnalytics.Events;

namespace OrleansAnalytics.Tests.Http;

/// <summary>A log that takes its time, or does not take anything, for as long as the test says.</summary>
public sealed class BlockableLog(IEventLog log) : IEventLog
{
    private TaskCompletionSource _open = Opened();

    /// <summary>Appends fail; with <see cref="IsForgetful"/> after they were made, as when the answer of a disk is lost.</summary>
    public bool IsDown { get; set; }

    public bool IsForgetful { get; set; }

    public int PartitionCount => log.PartitionCount;

    /// <summary>From now on appends wait.</summary>
    public void Block() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Appends that wait go on.</summary>
    public void Unblock() => _open.TrySetResult();

    public async ValueTask<AppendedRange> AppendAsync(int partition, EncodedBatch batch, CancellationToken cancellationToken = default)
    {
        await _open.Task.WaitAsync(cancellationToken);
        if (!IsDown)
        {
            return await log.AppendAsync(partition, batch, cancellationToken);
        }

        if (IsForgetful)
        {
            await log.AppendAsync(partition, batch, cancellationToken);
        }

        throw new EventLogUnavailableException("The disk is full");
    }

    public ValueTask<IReadOnlyList<LogBatch>> ReadAsync(int partition, long after, int maxBytes, CancellationToken cancellationToken = default) =>
        log.ReadAsync(partition, after, maxBytes, cancellationToken);

    public ValueTask<long> EndAsync(int partition, CancellationToken cancellationToken = default) => log.EndAsync(partition, cancellationToken);

    public ValueTask WaitAsync(int partition, long after, CancellationToken cancellationToken = default) => log.WaitAsync(partition, after, cancellationToken);

    public ValueTask<long> TrimAsync(int partition, long safeThrough, CancellationToken cancellationToken = default) =>
        log.TrimAsync(partition, safeThrough, cancellationToken);

    private static TaskCompletionSource Opened()
    {
        var open = new TaskCompletionSource();
        open.SetResult();
        return open;
    }
}
