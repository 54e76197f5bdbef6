using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Tests.Ingest;

/// <summary>A door before a log that keeps what it gets, or refuses it.</summary>
public sealed class DoorFixture
{
    private readonly KeepingLog _log = new();

    public DoorFixture(IngestOptions? options = null) =>
        Door = new EventDoor(
            _log,
            Options.Create(options ?? new IngestOptions()),
            new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));

    public EventDoor Door { get; }

    /// <summary>Appends that succeed before the log refuses.</summary>
    public int AppendsLeft { set => _log.AppendsLeft = value; }

    public List<LogEntry> Entries(int? partition = null)
    {
        var entries = new List<LogEntry>();
        var texts = new EventTexts(64);
        foreach (var (p, batch) in _log.Batches)
        {
            if (partition is null || p == partition)
            {
                EventBatchReader.Read(new LogBatch(1, batch.Count, 0, batch.Bytes), 0, texts, entries);
            }
        }

        return entries;
    }

    public List<ShopEvent> Events() => [.. Entries().Where(e => e.Event is not null).Select(e => e.Event!)];

    public List<Rejection> Rejections() => [.. Entries().Where(e => e.Rejection is not null).Select(e => e.Rejection!)];

    /// <summary>Reads a body to its end, in pieces of these sizes.</summary>
    public async Task<(IngestResult Result, SourceBreak? Broken)> TakeAsync(byte[] body, RecordFormat? format, params int[] sizes)
    {
        using var session = Door.Begin("test");
        Stream stream = sizes.Length == 0 ? new MemoryStream(body) : new PiecesStream(body, sizes);
        var broken = await EventSource.ReadAsync(stream, format, session);
        return (session.Result, broken);
    }

    /// <summary>Everything that the log has, as text: partition by partition, in order.</summary>
    public List<string> Told() =>
        [.. Enumerable.Range(0, _log.PartitionCount).SelectMany(partition => Entries(partition).Select(entry => entry.Event is { } shopEvent
            ? $"{partition} {shopEvent}"
            : $"{partition} {entry.Rejection! with { Raw = default }} {System.Text.Encoding.UTF8.GetString(entry.Rejection.Raw.Span)}"))];

    private sealed class KeepingLog : IEventLog
    {
        public int PartitionCount => 4;

        public int AppendsLeft { get; set; } = int.MaxValue;

        public List<(int Partition, EncodedBatch Batch)> Batches { get; } = [];

        public async ValueTask<AppendedRange> AppendAsync(int partition, EncodedBatch batch, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            lock (Batches)
            {
                if (AppendsLeft-- <= 0)
                {
                    throw new EventLogUnavailableException("The disk is full");
                }

                Batches.Add((partition, batch));
                return new AppendedRange(1, batch.Count);
            }
        }

        public ValueTask<IReadOnlyList<LogBatch>> ReadAsync(int partition, long after, int maxBytes, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public ValueTask<long> EndAsync(int partition, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask WaitAsync(int partition, long after, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask<long> TrimAsync(int partition, long safeThrough, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
    }
}
