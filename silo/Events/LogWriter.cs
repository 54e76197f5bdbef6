using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;
using RocksDbSharp;

namespace OrleansAnalytics.Events;

/// <summary>A batch on its way into the log.</summary>
internal sealed class LogAppend(int partition, EncodedBatch batch)
{
    private readonly TaskCompletionSource<AppendedRange> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Partition => partition;

    public EncodedBatch Batch => batch;

    public AppendedRange Range { get; set; }

    public Task<AppendedRange> Done => _done.Task;

    public void Succeed() => _done.SetResult(Range);

    public void Fail(Exception exception) => _done.TrySetException(exception);
}

/// <summary>
/// Gives positions and puts batches into a group. Positions of a failed write are given again, as nobody was told of them; what the failed write may
/// have left behind is deleted by the next one, so that it cannot come back among newer batches.
/// </summary>
internal sealed class LogWriter(EmbeddedDatabase database, LogTail[] tails, AcknowledgedEnds acknowledged, TimeProvider time) : ICommitTarget<LogAppend, WriteBatch>
{
    private byte[] _value = new byte[64 << 10];
    private readonly byte[] _key = new byte[LogRecord.KeyLength];
    private long _nowMs;

    public void Begin() => _nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();

    public Staging Stage(LogAppend request, WriteBatch batch)
    {
        using var lease = database.Enter();
        var tail = tails[request.Partition];
        var bytes = request.Batch.Bytes.Span;
        if (_value.Length < bytes.Length + LogRecord.MaxHeaderLength)
        {
            _value = new byte[bytes.Length + LogRecord.MaxHeaderLength];
        }

        if (tail.DoubtfulThrough > tail.Given)
        {
            var from = LogRecord.Key(tail.Partition, tail.Given + 1);
            var to = LogRecord.Key(tail.Partition, tail.DoubtfulThrough + 1);
            batch.DeleteRange(from, (ulong)from.Length, to, (ulong)to.Length, lease.Db.GetDefaultColumnFamily());
        }

        var header = LogRecord.WriteHeader(_value, request.Batch.Count, _nowMs, tail.Bytes);
        bytes.CopyTo(_value.AsSpan(header));
        request.Range = tail.Take(request.Batch.Count, bytes.Length);
        LogRecord.WriteKey(_key, request.Partition, request.Range.First);
        batch.Put(_key, _value.AsSpan(0, header + bytes.Length));
        tail.Store(batch, lease.Db.GetColumnFamily(LogPositions.Column));
        return Staging.Staged;
    }

    public void Committed(List<LogAppend> group)
    {
        foreach (var request in group)
        {
            tails[request.Partition].Commit();
        }

        acknowledged.Note(tails);

        foreach (var request in group)
        {
            request.Succeed();
        }
    }

    public void Failed(List<LogAppend> group, Exception exception)
    {
        foreach (var partition in group.Select(request => request.Partition).Distinct())
        {
            var (end, bytes) = RealEnd(tails[partition]);
            tails[partition].FallBack(end, bytes);
        }

        foreach (var request in group)
        {
            Refused(request, exception);
        }
    }

    public void Refused(LogAppend request, Exception exception)
    {
        var help = exception.Message.StartsWith("Corruption", StringComparison.Ordinal)
            ? " (merging met a damaged file; with Log:MergeFiles=false the log takes events again, and reading reports what is damaged)"
            : "";
        request.Fail(new EventLogUnavailableException($"the log could not be written: {exception.Message}{help}", exception));
    }

    private (long End, long Bytes) RealEnd(LogTail tail)
    {
        try
        {
            using var lease = database.Enter();
            return LogTail.Load(lease.Db, lease.Db.GetColumnFamily(LogPositions.Column), tail.Partition);
        }
        catch (Exception exception) when (exception is RocksDbSharpException or ObjectDisposedException or DamagedFormatException)
        {
            // Unreadable now: the published end is durable, and the doubtful range covers what may lie beyond it.
            return (tail.Published.Value, tail.Bytes);
        }
    }
}
