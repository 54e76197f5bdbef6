using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Events;

/// <summary>
/// A topic on the Kafka protocol as the log. Durable is what all replicas in sync have acknowledged. Its retention is the topic's own: what it removes before it
/// was read is read as lost. <see cref="OpenAsync"/> comes first; after disposal every method throws <see cref="EventLogUnavailableException"/>.
/// </summary>
public sealed class KafkaEventLog : IEventLog, IDisposable
{
    private readonly KafkaLogOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly KafkaClients _clients;
    private readonly Lazy<Confluent.Kafka.IAdminClient> _admin;
    private readonly Lazy<KafkaOffsets> _offsets;
    private readonly KafkaAppender _appender;
    private readonly Lazy<KafkaReader> _reader;
    private readonly EndSignal[] _ends;
    private readonly bool[] _isEndKnown;
    private volatile bool _isClosed;

    /// <summary>A log that is not opened yet.</summary>
    /// <param name="options">The topic and how to reach it; valid.</param>
    /// <param name="partitions">The partitions that it has.</param>
    /// <param name="ingest">The limits for events that others have written.</param>
    /// <param name="time">When a batch was appended.</param>
    /// <param name="logger">Told of trouble with the brokers.</param>
    public KafkaEventLog(KafkaLogOptions options, int partitions, IngestOptions ingest, TimeProvider time, ILogger<KafkaEventLog> logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _clients = new KafkaClients(options, logger);
        _ends = [.. Enumerable.Range(0, partitions).Select(_ => new EndSignal(0))];
        _isEndKnown = new bool[partitions];
        _admin = new(_clients.Admin);
        _offsets = new(() => new KafkaOffsets(_admin.Value, _clients, options, partitions));
        _appender = new KafkaAppender(_clients, options, partitions, logger);
        _reader = new(() => new KafkaReader(_clients, options, _offsets.Value, new ForeignMessages(options.Topic, partitions, ingest), _ends));
    }

    /// <inheritdoc/>
    public int PartitionCount => _ends.Length;

    /// <summary>Looks whether brokers answer and the topic is as it should be; creates it if the options say so.</summary>
    /// <exception cref="EventLogUnavailableException">No broker answers, the credentials are refused, there is no such topic, or it has another number of partitions.</exception>
    public Task OpenAsync(CancellationToken cancellationToken = default) =>
        KafkaTopic.OpenAsync(_admin.Value, _clients, _options, PartitionCount, _logger, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Once begun, the append runs to its end: the batch's bytes are read until it completes.</remarks>
    /// <exception cref="ArgumentException">The batch is empty, or one entry of it is larger than a request.</exception>
    public async ValueTask<AppendedRange> AppendAsync(int partition, EncodedBatch batch, CancellationToken cancellationToken = default)
    {
        Check(partition);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch.Count, nameof(batch));
        cancellationToken.ThrowIfCancellationRequested();
        var parts = EventBatchDivider.Divide(batch, KafkaMessages.Room(_options), KafkaPositions.PerMessage);
        var (first, last) = await _appender.AppendAsync(partition, parts, _time.GetUtcNow().ToUnixTimeMilliseconds());
        _ends[partition].Raise(KafkaPositions.Last(last));
        return new AppendedRange(KafkaPositions.First(first), KafkaPositions.Last(last));
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<LogBatch>> ReadAsync(int partition, long after, int maxBytes, CancellationToken cancellationToken = default)
    {
        Check(partition);
        cancellationToken.ThrowIfCancellationRequested();
        if (!Volatile.Read(ref _isEndKnown[partition]))
        {
            await EndAsync(partition, cancellationToken);
        }

        return _ends[partition].Value <= after ? [] : await _reader.Value.ReadAsync(partition, after, maxBytes, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<long> EndAsync(int partition, CancellationToken cancellationToken = default)
    {
        Check(partition);
        var range = await _offsets.Value.AskAsync(partition, cancellationToken);
        var end = KafkaPositions.Last(range.End - 1);
        _ends[partition].Raise(end);
        Volatile.Write(ref _isEndKnown[partition], true);
        return end;
    }

    /// <inheritdoc/>
    public ValueTask WaitAsync(int partition, long after, CancellationToken cancellationToken = default)
    {
        Check(partition);
        return _ends[partition].Value > after ? ValueTask.CompletedTask : _reader.Value.WaitAsync(partition, after, cancellationToken);
    }

    /// <summary>Removes nothing: retention is the topic's. Answers what it had removed when the brokers were asked last.</summary>
    /// <inheritdoc/>
    public ValueTask<long> TrimAsync(int partition, long safeThrough, CancellationToken cancellationToken = default)
    {
        Check(partition);
        return new(KafkaPositions.Last(_offsets.Value.LastBegin(partition) - 1));
    }

    /// <inheritdoc/>
    public long Distance(long after, long through) => Math.Max(0, KafkaPositions.OffsetAfter(through) - KafkaPositions.OffsetAfter(after));

    /// <summary>Finishes what is being appended and closes all connections.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isClosed, true))
        {
            return;
        }

        _appender.Dispose();
        foreach (var end in _ends)
        {
            end.Close(Closed());
        }

        if (_reader.IsValueCreated)
        {
            _reader.Value.Dispose();
        }

        if (_admin.IsValueCreated)
        {
            _admin.Value.Dispose();
        }
    }

    private EventLogUnavailableException Closed() => new($"the log in the topic {_options.Topic} is closed");

    private void Check(int partition)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(partition);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(partition, _ends.Length);
        if (_isClosed)
        {
            throw Closed();
        }
    }
}
