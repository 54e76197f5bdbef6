using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Ingest;

/// <summary>
/// The only way into the log: validates records, gives events their identity, and appends both events and rejections. Safe for concurrent use; a
/// session is not.
/// </summary>
public sealed class EventDoor : IDisposable
{
    private const int LargestPooledBytes = 1 << 20;
    private const int PooledPerPartition = 4;

    private readonly ConcurrentQueue<EventBatchWriter> _writers = new();

    /// <summary>Creates the door of a log.</summary>
    public EventDoor(IEventLog log, IOptions<IngestOptions> options, TimeProvider time)
    {
        Log = log;
        Options = options.Value;
        Time = time;
        Room = new DoorRoom(Options.MaxPendingBytes);
    }

    /// <summary>The limits.</summary>
    public IngestOptions Options { get; }

    /// <summary>What all sessions together may hold.</summary>
    public DoorRoom Room { get; }

    internal IEventLog Log { get; }

    internal TimeProvider Time { get; }

    /// <summary>Begins to take records of one source.</summary>
    /// <param name="source">A file's name, <c>http</c>; part of the identity of rejected records.</param>
    /// <param name="firstRecordNumber">The number of the first record in the source.</param>
    /// <exception cref="ArgumentException">The name is empty or longer than the limit, or the number is below 0.</exception>
    public IngestSession Begin(string source, long firstRecordNumber = 1)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(source.Length, Options.MaxSourceLength, nameof(source));
        ArgumentOutOfRangeException.ThrowIfNegative(firstRecordNumber);
        return new IngestSession(this, source, firstRecordNumber);
    }

    /// <inheritdoc/>
    public void Dispose() => Room.Dispose();

    internal EventBatchWriter RentWriter() => _writers.TryDequeue(out var writer) ? writer : new EventBatchWriter();

    internal void ReturnWriter(EventBatchWriter writer)
    {
        if (writer.Capacity <= LargestPooledBytes && _writers.Count < PooledPerPartition * Log.PartitionCount)
        {
            writer.Reset();
            _writers.Enqueue(writer);
        }
    }
}
