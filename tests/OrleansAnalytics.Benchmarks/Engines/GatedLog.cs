using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Benchmarks.Engines;

/// <summary>
/// The real log with a gate for its readers: they find nothing beyond the positions that the gate is open for. So a silo starts beside events that are
/// all appended, and begins to read them when the clock does. Gates stand between batches.
/// </summary>
internal sealed class GatedLog(IEventLog log) : IEventLog
{
    private volatile long[] _through = new long[log.PartitionCount];
    private volatile TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int PartitionCount => log.PartitionCount;

    /// <summary>Lets readers on to these positions, one for each partition.</summary>
    public void Open(long[] through)
    {
        var opened = _opened;
        _through = through;
        _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        opened.SetResult();
    }

    public ValueTask<AppendedRange> AppendAsync(int partition, EncodedBatch batch, CancellationToken cancellationToken = default) =>
        log.AppendAsync(partition, batch, cancellationToken);

    public ValueTask<IReadOnlyList<LogBatch>> ReadAsync(int partition, long after, int maxBytes, CancellationToken cancellationToken = default) =>
        ReadAsync(partition, after, maxBytes, new RentedBlocks(), cancellationToken);

    public async ValueTask<IReadOnlyList<LogBatch>> ReadAsync(
        int partition, long after, int maxBytes, RentedBlocks buffer, CancellationToken cancellationToken = default)
    {
        var through = _through[partition];
        if (after >= through)
        {
            return [];
        }

        var batches = await log.ReadAsync(partition, after, maxBytes, buffer, cancellationToken);
        return batches[^1].LastPosition <= through ? batches : [.. batches.TakeWhile(batch => batch.LastPosition <= through)];
    }

    public async ValueTask<long> EndAsync(int partition, CancellationToken cancellationToken = default) =>
        Math.Min(_through[partition], await log.EndAsync(partition, cancellationToken));

    public async ValueTask WaitAsync(int partition, long after, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            // Read first: a gate that opens in between has then completed it.
            var opened = _opened.Task;
            if (after < _through[partition])
            {
                return;
            }

            await opened.WaitAsync(cancellationToken);
        }
    }

    public ValueTask<long> TrimAsync(int partition, long safeThrough, CancellationToken cancellationToken = default) =>
        log.TrimAsync(partition, safeThrough, cancellationToken);
}
