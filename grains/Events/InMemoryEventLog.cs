namespace OrleansAnalytics.Events;

/// <summary>A log that lives and dies with the process: for tests and trials. Keeps its batches as they were given, copied.</summary>
/// <param name="options">Partitions and retention; the limits of storage do not apply.</param>
/// <param name="time">When a batch was appended, and what is old.</param>
public sealed class InMemoryEventLog(EventLogOptions options, TimeProvider time) : IEventLog
{
    private readonly Partition[] _partitions = [.. Enumerable.Range(0, options.Partitions).Select(_ => new Partition())];

    /// <inheritdoc/>
    public int PartitionCount => _partitions.Length;

    /// <inheritdoc/>
    public ValueTask<AppendedRange> AppendAsync(int partition, EncodedBatch batch, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch.Count, nameof(batch));
        var p = Of(partition);
        AppendedRange range;
        lock (p.Batches)
        {
            var first = p.End.Value + 1;
            range = new AppendedRange(first, first + batch.Count - 1);
            p.Batches.Add(new LogBatch(first, batch.Count, time.GetUtcNow().ToUnixTimeMilliseconds(), batch.Bytes.ToArray()));
            p.Bytes += batch.Bytes.Length;
            p.End.Raise(range.Last);
        }

        return new(range);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<LogBatch>> ReadAsync(int partition, long after, int maxBytes, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var p = Of(partition);
        var found = new List<LogBatch>();
        lock (p.Batches)
        {
            var bytes = 0L;
            for (var i = FirstEndingAfter(p.Batches, after); i < p.Batches.Count; i++)
            {
                bytes += p.Batches[i].Bytes.Length;
                if (found.Count > 0 && bytes > maxBytes)
                {
                    break;
                }

                found.Add(p.Batches[i]);
            }
        }

        return new(found);
    }

    /// <inheritdoc/>
    public ValueTask<long> EndAsync(int partition, CancellationToken cancellationToken = default) => new(Of(partition).End.Value);

    /// <inheritdoc/>
    public ValueTask WaitAsync(int partition, long after, CancellationToken cancellationToken = default) =>
        Of(partition).End.WaitAsync(after, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> TrimAsync(int partition, long safeThrough, CancellationToken cancellationToken = default)
    {
        var p = Of(partition);
        var oldestMs = options.MaxAge is { } age ? (time.GetUtcNow() - age).ToUnixTimeMilliseconds() : long.MinValue;
        lock (p.Batches)
        {
            var gone = 0;
            while (gone < p.Batches.Count
                && p.Batches[gone].LastPosition <= safeThrough
                && (p.Batches[gone].AppendedMs < oldestMs || p.Bytes > options.MaxBytesPerPartition))
            {
                p.Removed = p.Batches[gone].LastPosition;
                p.Bytes -= p.Batches[gone].Bytes.Length;
                gone++;
            }

            p.Batches.RemoveRange(0, gone);
            return new(p.Removed);
        }
    }

    private Partition Of(int partition)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(partition);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(partition, _partitions.Length);
        return _partitions[partition];
    }

    private static int FirstEndingAfter(List<LogBatch> batches, long after)
    {
        var (low, high) = (0, batches.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = batches[middle].LastPosition <= after ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private sealed class Partition
    {
        public List<LogBatch> Batches { get; } = [];

        public EndSignal End { get; } = new(0);

        public long Bytes { get; set; }

        public long Removed { get; set; }
    }
}
