using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Benchmarks.Micro;

/// <summary>From text to batches.</summary>
public class DoorBenchmarks : IDisposable
{
    private readonly byte[] _csv = ShopBatches.Csv();
    private readonly ReadOnlyMemory<byte>[] _lines = ShopBatches.Lines();
    private readonly EventDraft _draft = new();
    private readonly EventDoor _door = new(new Nowhere(), Options.Create(new IngestOptions()), TimeProvider.System);

    [Benchmark(Description = "CSV row divided into fields", OperationsPerInvoke = ShopBatches.Events)]
    public int Split()
    {
        var parser = new CsvRecordParser(CsvColumns.Parse(_lines[0]));
        var good = 0;
        foreach (var line in _lines.AsSpan(1))
        {
            good += parser.TryParse(line, _draft, out _) ? 1 : 0;
        }

        return good;
    }

    [Benchmark(Description = "CSV read, validated, given an id, encoded", OperationsPerInvoke = ShopBatches.Events)]
    public async Task<long> ReadAsync()
    {
        using var session = _door.Begin("micro");
        await EventSource.ReadAsync(new MemoryStream(_csv), RecordFormat.Csv, session);
        return session.Result.Appended;
    }

    public void Dispose()
    {
        _door.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A log that takes everything and keeps nothing.</summary>
    private sealed class Nowhere : IEventLog
    {
        public int PartitionCount => 8;

        public ValueTask<AppendedRange> AppendAsync(int partition, EncodedBatch batch, CancellationToken cancellationToken = default) => new(new AppendedRange(1, batch.Count));

        public ValueTask<IReadOnlyList<LogBatch>> ReadAsync(int partition, long after, int maxBytes, CancellationToken cancellationToken = default) => new([]);

        public ValueTask<long> EndAsync(int partition, CancellationToken cancellationToken = default) => new(0);

        public ValueTask WaitAsync(int partition, long after, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public ValueTask<long> TrimAsync(int partition, long safeThrough, CancellationToken cancellationToken = default) => new(0);
    }
}
