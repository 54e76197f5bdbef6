using BenchmarkDotNet.Attributes;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;

namespace OrleansAnalytics.Benchmarks.Micro;

/// <summary>What a partition does with a chunk, with all entities on its side at once.</summary>
public class PartitionBenchmarks
{
    private readonly IReadOnlyList<LogBatch> _batches = ShopBatches.Batches();
    private readonly List<LogEntry> _entries = ShopBatches.Entries();
    private readonly List<LogEntry> _decoded = [];
    private readonly EventTexts _texts = new(new PartitionOptions().CachedTexts);
    private PartitionOperators _operators = new(new OperatorOptions());
    private ChunkDelivery? _delivery;

    // Operators take every event once, so each measured operation begins with new ones.
    [IterationSetup(Targets = [nameof(Operators), nameof(DeliverAsync)])]
    public void Begin()
    {
        var options = new PartitionOptions();
        _operators = new PartitionOperators(new OperatorOptions());
        _delivery = new ChunkDelivery(0, _operators, new DirtyTable(), new PoisonList(), new Agreeing(), new InMemoryDeadLetterStore(), options);
    }

    [Benchmark(Description = "Batch decoded", OperationsPerInvoke = ShopBatches.Events)]
    public int Decode()
    {
        _decoded.Clear();
        foreach (var batch in _batches)
        {
            EventBatchReader.Read(batch, 0, _texts, _decoded);
        }

        return _decoded.Count;
    }

    [Benchmark(Description = "All operators", OperationsPerInvoke = ShopBatches.Events)]
    public long Operators()
    {
        foreach (var entry in _entries)
        {
            _operators.Process(entry);
        }

        return _operators.Position;
    }

    [Benchmark(Description = "Chunk: decoded, operators, divided into slices", OperationsPerInvoke = ShopBatches.Events)]
    public async Task DeliverAsync() => await _delivery!.DeliverAsync(_batches, CancellationToken.None);

    /// <summary>Entities that agree to everything at once.</summary>
    private sealed class Agreeing : IEntityChannel
    {
        public ValueTask<SliceAnswer> ApplyAsync(EntityLane lane, Slice slice) => new(SliceAnswer.Applied);

        public ValueTask<FlushAnswer> FlushAsync(EntityLane lane, int partition, long expected) => new(new FlushAnswer(false, expected));
    }
}
