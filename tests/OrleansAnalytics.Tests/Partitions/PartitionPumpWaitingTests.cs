using Microsoft.Extensions.Logging.Abstractions;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

/// <summary>Those who wait for a partition get their answer.</summary>
public sealed class PartitionPumpWaitingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public Task A_checkpoint_is_answered_although_events_never_stop_coming() => OneAtATime.RunAsync(async () =>
    {
        using var stop = new CancellationTokenSource();
        var pump = new PartitionPump(0, Parts(new EndlessLog(), new InMemoryCheckpointStore()));
        var run = pump.RunAsync(stop.Token);
        await OneAtATime.UntilAsync(() => pump.Applied > 50, "the first events");
        var applied = pump.Applied;
        var waiting = pump.CheckpointAsync();
        await OneAtATime.UntilAsync(() => waiting.IsCompleted || pump.Applied > applied + 5_000, "a checkpoint");
        Assert.True(waiting.IsCompleted, $"{pump.Applied - applied} events later there is still no answer");
        Assert.InRange(await waiting, applied, pump.Applied);
        await stop.CancelAsync();
        Assert.False(await run.WaitAsync(Patience));
    });

    [Fact]
    public Task Whoever_waits_when_the_pump_stops_is_told() => OneAtATime.RunAsync(async () =>
    {
        using var stop = new CancellationTokenSource();
        var store = new GatedStore();
        var pump = new PartitionPump(0, Parts(new EndlessLog(), store));
        var run = pump.RunAsync(stop.Token);
        var waiting = pump.CheckpointAsync();
        Assert.False(pump.Recovered.IsCompleted, "the checkpoint is not read yet, so there is nothing to show");
        await stop.CancelAsync();
        store.Gate.SetResult();
        await run.WaitAsync(Patience);
        await Assert.ThrowsAsync<InvalidOperationException>(() => waiting);
        await Assert.ThrowsAsync<InvalidOperationException>(pump.CheckpointAsync);
    });

    [Fact]
    public Task The_operators_are_shown_once_the_checkpoint_is_read() => OneAtATime.RunAsync(async () =>
    {
        using var stop = new CancellationTokenSource();
        var store = new GatedStore();
        var pump = new PartitionPump(0, Parts(new EndlessLog(), store));
        var run = pump.RunAsync(stop.Token);
        Assert.False(pump.Recovered.IsCompleted);
        store.Gate.SetResult();
        await pump.Recovered.WaitAsync(Patience);
        Assert.Equal(1, pump.Generation);
        await stop.CancelAsync();
        await run.WaitAsync(Patience);
    });

    [Fact]
    public Task Whoever_waits_for_a_partition_that_cannot_load_its_checkpoint_is_told_why() => OneAtATime.RunAsync(async () =>
    {
        using var stop = new CancellationTokenSource();
        var store = new GatedStore();
        var pump = new PartitionPump(0, Parts(new EndlessLog(), store));
        var run = pump.RunAsync(stop.Token);
        var waiting = pump.CheckpointAsync();
        Assert.Null(pump.Unavailable);
        store.Gate.SetException(new DamagedFormatException("unreadable"));
        Assert.Contains("unreadable", (await Assert.ThrowsAsync<InvalidOperationException>(() => waiting.WaitAsync(Patience))).Message, StringComparison.Ordinal);
        Assert.Contains("unreadable", (await Assert.ThrowsAsync<PartitionUnavailableException>(pump.CheckpointAsync)).Message, StringComparison.Ordinal);
        await stop.CancelAsync();
        Assert.False(await run.WaitAsync(Patience));
    });

    [Fact]
    public Task A_log_that_ends_before_the_checkpoint_is_not_read() => OneAtATime.RunAsync(async () =>
    {
        // Read on, it would give new events positions that entities have already applied.
        using var stop = new CancellationTokenSource();
        var store = new InMemoryCheckpointStore();
        await store.WriteAsync(0, etag: null, new CheckpointWrite(5, 1, new Dictionary<string, ReadOnlyMemory<byte>>(), []));
        var pump = new PartitionPump(0, Parts(new InMemoryEventLog(new EventLogOptions(), TimeProvider.System), store));
        var run = pump.RunAsync(stop.Token);
        await OneAtATime.UntilAsync(() => pump.LastTrouble is not null, "the refusal");
        Assert.Equal("the checkpoint is at 5 and the log ends at 0: the log is not the one that was read", pump.LastTrouble);
        await stop.CancelAsync();
        Assert.False(await run.WaitAsync(Patience));
    });

    private static PartitionParts Parts(IEventLog log, ICheckpointStore checkpoints) => new(
        log,
        checkpoints,
        new InMemoryDeadLetterStore(),
        new FaultyEntities(1, 0) { Faulty = false },
        TimeProvider.System,
        new PartitionOptions { ChunkBytes = 1024, CheckpointEvents = 40, MaxReplayEvents = 1_000_000 },
        new OperatorOptions(),
        NullLogger.Instance);

    /// <summary>A log in which there is always one more event.</summary>
    private sealed class EndlessLog : IEventLog
    {
        private readonly EventBatchWriter _writer = new();

        public int PartitionCount => 1;

        public async ValueTask<IReadOnlyList<LogBatch>> ReadAsync(int partition, long after, int maxBytes, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            _writer.Reset();
            _writer.Add(new ShopEvent
            {
                Id = new EventId(1, (ulong)after),
                TimeMs = 1_570_000_000_000 + after,
                Kind = EventKind.View,
                UserId = "u" + (after % 20),
                ProductId = "p" + (after % 7),
            });
            var batch = _writer.Build();
            return [new LogBatch(after + 1, 1, 0, batch.Bytes.ToArray())];
        }

        public ValueTask<AppendedRange> AppendAsync(int partition, EncodedBatch batch, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask<long> EndAsync(int partition, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask WaitAsync(int partition, long after, CancellationToken cancellationToken = default) => default;

        public ValueTask<long> TrimAsync(int partition, long safeThrough, CancellationToken cancellationToken = default) => new(0L);
    }

    private sealed class GatedStore : ICheckpointStore
    {
        private readonly InMemoryCheckpointStore _store = new();

        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask<StoredCheckpoint?> ReadAsync(int partition, CancellationToken cancellationToken = default)
        {
            await Gate.Task;
            return await _store.ReadAsync(partition, cancellationToken);
        }

        public ValueTask<string> WriteAsync(int partition, string? etag, CheckpointWrite write, CancellationToken cancellationToken = default) =>
            _store.WriteAsync(partition, etag, write, cancellationToken);
    }
}
