using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;
using RocksDbSharp;

namespace OrleansAnalytics.Events;

/// <summary>
/// The embedded log: a RocksDB database of its own. Appends of all partitions share one synced write. Disposing finishes what is queued;
/// afterwards every method throws <see cref="EventLogUnavailableException"/>.
/// </summary>
public sealed class RocksDbEventLog : IEventLog, IDisposable
{
    private readonly EmbeddedDatabase _database;
    private readonly EventLogOptions _options;
    private readonly TimeProvider _time;
    private readonly string _folder;
    private readonly AcknowledgedEnds _acknowledged;
    private readonly LogTail[] _tails;
    private readonly List<LogLoss> _losses = [];
    private readonly LogReader _reader;
    private readonly LogRetention _retention;
    private readonly GroupCommitter<LogAppend, WriteBatch> _committer;
    private volatile bool _closed;

    /// <summary>Opens or creates the log.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="options">Limits and retention.</param>
    /// <param name="time">When a batch was appended, and what is old.</param>
    /// <param name="logger">Is told of acknowledged positions that are missing.</param>
    /// <param name="applied">Positions that others know to have been acknowledged (those of checkpoints), by partition; null if nobody does.</param>
    /// <exception cref="IOException">The folder cannot be written, is in use by another process, or its files are damaged.</exception>
    /// <exception cref="InvalidOperationException">The log was created with another number of partitions.</exception>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    public RocksDbEventLog(string folder, EventLogOptions options, TimeProvider time, ILogger? logger = null, Func<int, long>? applied = null)
        : this(folder, options, time, write: null, logger, applied)
    {
    }

    /// <summary>With a write of the test's own around the real one.</summary>
    internal RocksDbEventLog(
        string folder, EventLogOptions options, TimeProvider time, Action<EmbeddedDatabase, WriteBatch>? write, ILogger? logger = null, Func<int, long>? applied = null)
    {
        var valid = new EventLogOptionsValidator().Validate(null, options);
        if (valid.Failed)
        {
            throw new OptionsValidationException(nameof(EventLogOptions), typeof(EventLogOptions), valid.Failures);
        }

        (_folder, _options, _time) = (folder, options, time);

        // A damaged part of the write-ahead log costs itself only: what it held is missing afterwards, and the reader reports missing positions.
        _database = EmbeddedDatabase.Open(folder, Columns(options), Recovery.SkipAnyCorruptedRecords);
        try
        {
            CheckPartitions();
            _acknowledged = new AcknowledgedEnds(folder, options.Partitions);
            _tails = LoadTails(applied);
        }
        catch (Exception exception)
        {
            _acknowledged?.Dispose();
            _database.Dispose();
            throw exception is DamagedFormatException or RocksDbSharpException ? new IOException($"data folder {folder} cannot be opened: {exception.Message}", exception) : exception;
        }

        foreach (var loss in _losses)
        {
            RocksDbEventLogLog.Lost(logger ?? NullLogger.Instance, loss.Partition, folder, loss.First, loss.Last);
        }

        _reader = new LogReader(_database, _tails);
        _retention = new LogRetention(_database, _tails, options, time);
        _committer = new GroupCommitter<LogAppend, WriteBatch>(
            "event log",
            options.MaxQueuedAppends,
            options.GroupCommitMaxBytes,
            new LogWriter(_database, _tails, _acknowledged, time),
            _database.Batch(write));
    }

    /// <inheritdoc/>
    public int PartitionCount => _tails.Length;

    /// <summary>What was acknowledged and is gone, as seen when the log was opened.</summary>
    internal IReadOnlyList<LogLoss> Losses => _losses;

    /// <summary>Synced writes so far.</summary>
    internal long Groups => _committer.Groups;

    /// <inheritdoc/>
    /// <remarks>Once queued, the append runs to its end: the batch's bytes are read until it completes.</remarks>
    /// <exception cref="ArgumentException">The batch is empty or larger than <see cref="EventLogOptions.MaxBatchBytes"/>.</exception>
    public async ValueTask<AppendedRange> AppendAsync(int partition, EncodedBatch batch, CancellationToken cancellationToken = default)
    {
        Check(partition);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch.Count, nameof(batch));
        if (batch.Bytes.Length > _options.MaxBatchBytes)
        {
            throw new ArgumentException($"the batch has {batch.Bytes.Length} bytes; {_options.MaxBatchBytes} are allowed", nameof(batch));
        }

        cancellationToken.ThrowIfCancellationRequested();
        var append = new LogAppend(partition, batch);
        try
        {
            if (!_committer.TryEnqueue(append))
            {
                await _committer.EnqueueAsync(append, cancellationToken);
            }
        }
        catch (ChannelClosedException)
        {
            throw Closed();
        }

        return await append.Done;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<LogBatch>> ReadAsync(int partition, long after, int maxBytes, CancellationToken cancellationToken = default) =>
        ReadAsync(partition, after, maxBytes, null, cancellationToken);

    /// <inheritdoc/>
    ValueTask<IReadOnlyList<LogBatch>> IEventLog.ReadAsync(int partition, long after, int maxBytes, RentedBlocks buffer, CancellationToken cancellationToken) =>
        ReadAsync(partition, after, maxBytes, buffer, cancellationToken);

    private ValueTask<IReadOnlyList<LogBatch>> ReadAsync(int partition, long after, int maxBytes, RentedBlocks? buffer, CancellationToken cancellationToken)
    {
        Check(partition);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return new(_reader.Read(partition, after, maxBytes, buffer));
        }
        catch (ObjectDisposedException)
        {
            throw Closed();
        }
    }

    /// <inheritdoc/>
    public ValueTask<long> EndAsync(int partition, CancellationToken cancellationToken = default)
    {
        Check(partition);
        return new(_tails[partition].Published.Value);
    }

    /// <inheritdoc/>
    public ValueTask WaitAsync(int partition, long after, CancellationToken cancellationToken = default)
    {
        Check(partition);
        return _tails[partition].Published.WaitAsync(after, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<long> TrimAsync(int partition, long safeThrough, CancellationToken cancellationToken = default)
    {
        Check(partition);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return new(_retention.Trim(partition, safeThrough));
        }
        catch (ObjectDisposedException)
        {
            throw Closed();
        }
    }

    /// <summary>Finishes what is queued and closes the database.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _closed, true))
        {
            return;
        }

        _committer.Dispose();
        _acknowledged.Dispose();
        foreach (var tail in _tails)
        {
            tail.Published.Close(Closed());
        }

        _database.Dispose();
    }

    private EventLogUnavailableException Closed() => new($"the log in {_folder} is closed");

    private void Check(int partition)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(partition);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(partition, _tails.Length);
        if (_closed)
        {
            throw Closed();
        }
    }

    private void CheckPartitions()
    {
        using var lease = _database.Enter();
        var stored = LogPositions.Partitions(lease.Db);
        if (stored is null)
        {
            using var batch = new WriteBatch();
            LogPositions.StorePartitions(lease.Db, batch, _options.Partitions);
            _database.WriteSynced(batch);
        }
        else if (stored != _options.Partitions)
        {
            throw new InvalidOperationException($"the log in {_folder} was created with {stored} partitions and cannot be opened with {_options.Partitions}");
        }
    }

    private LogTail[] LoadTails(Func<int, long>? applied)
    {
        using var lease = _database.Enter();
        var tails = new LogTail[_options.Partitions];
        for (var partition = 0; partition < tails.Length; partition++)
        {
            var (end, bytes) = LogTail.LoadOrFind(lease.Db, lease.Db.GetColumnFamily(LogPositions.Column), partition);
            var acknowledged = Math.Max(_acknowledged.Ends[partition], applied?.Invoke(partition) ?? 0);
            if (acknowledged > end)
            {
                // Given again, these positions would be taken for events that entities already have.
                _losses.Add(new LogLoss(partition, end + 1, acknowledged));
                end = acknowledged;
            }

            tails[partition] = new LogTail(partition, end, bytes);
        }

        return tails;
    }

    private static ColumnFamilies Columns(EventLogOptions options)
    {
        // Keys only grow within a partition, so merging sorted runs late writes each batch about twice; nothing is looked up that is not there.
        var batches = new ColumnFamilyOptions()
            .SetWriteBufferSize((ulong)options.WriteBufferBytes)
            .SetMaxWriteBufferNumber(options.WriteBuffers)
            .SetCompactionStyle(Compaction.Universal)
            .SetDisableAutoCompactions(options.MergeFiles ? 0 : 1)
            .SetCompression(Compression.Lz4)
            .SetBlockBasedTableFactory(new BlockBasedTableOptions().SetBlockSize(64 << 10));
        return new ColumnFamilies(batches) { { LogPositions.Column, new ColumnFamilyOptions().SetWriteBufferSize(4 << 20) } };
    }
}
