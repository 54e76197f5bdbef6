using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Tests.Simulation;

/// <summary>The log, as <see cref="IEventLog"/> promises it and no better: an append may fail, or fail and be there all the same, now or later.</summary>
internal sealed class SimulatedLog : IEventLog
{
    private readonly World _world;
    private readonly EventBatchWriter _writer = new();
    private readonly List<LogBatch>[] _batches;
    private readonly long[] _ends;
    private readonly List<(int Partition, long After, TaskCompletionSource Moved)> _waiting = [];

    public SimulatedLog(World world)
    {
        _world = world;
        _batches = new List<LogBatch>[world.Truth.Partitions];
        _ends = new long[world.Truth.Partitions];
        for (var i = 0; i < _batches.Length; i++)
        {
            _batches[i] = [];
        }
    }

    public int PartitionCount => _ends.Length;

    public long End(int partition) => _ends[partition];

    public Task<AppendedRange> AppendAsync(int partition, IReadOnlyList<ShopEvent> events)
    {
        if (_world.Bug.AcknowledgesTooEarly && _world.Faults.Strikes(Fault.AppendFails, partition))
        {
            return Task.FromResult<AppendedRange>(default);
        }

        return _world.Request("append", partition, from: null, Fault.AppendFails, Fault.AppendUnclear, down: false, () => Append(partition, events));
    }

    public ValueTask<IReadOnlyList<LogBatch>> ReadAsync(int partition, long after, int maxBytes, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(_world.Request<IReadOnlyList<LogBatch>>("read of the log", partition, from: null, Fault.LogReadFails, Fault.LogReadFails, down: false, () => Read(partition, after, maxBytes)));
    }

    public async ValueTask<IReadOnlyList<LogBatch>> ReadAsync(
        int partition, long after, int maxBytes, RentedBlocks buffer, CancellationToken cancellationToken = default)
    {
        // Whoever looks at the bytes later than they may finds those of another chunk.
        var batches = await ReadAsync(partition, after, maxBytes, cancellationToken);
        return [.. batches.Select(batch => batch with { Bytes = buffer.Keep(batch.Bytes.Span) })];
    }

    public ValueTask<long> EndAsync(int partition, CancellationToken cancellationToken = default) => new(_ends[partition]);

    public async ValueTask WaitAsync(int partition, long after, CancellationToken cancellationToken = default)
    {
        if (_ends[partition] > after)
        {
            return;
        }

        var moved = new TaskCompletionSource();
        using var registration = cancellationToken.Register(() => moved.TrySetCanceled(cancellationToken));
        _waiting.Add((partition, after, moved));
        await moved.Task;
    }

    public async ValueTask<long> TrimAsync(int partition, long safeThrough, CancellationToken cancellationToken = default)
    {
        if (_world.Faults.Strikes(Fault.TrimFails, partition))
        {
            throw new EventLogUnavailableException("trim failed");
        }

        return await new ValueTask<long>(0L);
    }

    public ValueTask<AppendedRange> AppendAsync(int partition, EncodedBatch batch, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    private AppendedRange Append(int partition, IReadOnlyList<ShopEvent> events)
    {
        _writer.Reset();
        foreach (var shopEvent in events)
        {
            _writer.Add(shopEvent);
        }

        var first = _ends[partition] + 1;
        _batches[partition].Add(new LogBatch(first, events.Count, 0, _writer.Build().Bytes));
        _ends[partition] += events.Count;
        _world.Truth.Appended(partition, first, events);
        _waiting.RemoveAll(one => one.Moved.Task.IsCompleted || (one.Partition == partition && one.After < _ends[partition] && one.Moved.TrySetResult()));
        return new AppendedRange(first, _ends[partition]);
    }

    private List<LogBatch> Read(int partition, long after, int maxBytes)
    {
        var found = new List<LogBatch>();
        var bytes = 0;
        foreach (var batch in _batches[partition])
        {
            if (batch.LastPosition > after)
            {
                bytes += batch.Bytes.Length;
                if (found.Count > 0 && bytes > maxBytes)
                {
                    break;
                }

                found.Add(batch);
            }
        }

        return found;
    }
}
