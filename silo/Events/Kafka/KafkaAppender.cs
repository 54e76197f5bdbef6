using Confluent.Kafka;

namespace OrleansAnalytics.Events;

/// <summary>
/// Writes batches with one idempotent producer: what the client tries again by itself keeps its order and is there once. If the producer is beyond repair it is replaced;
/// what was under way then is refused, and may be there. Safe for concurrent use.
/// </summary>
internal sealed class KafkaAppender : IDisposable
{
    // What a report may be late after the time it reports; a producer that was closed gives none.
    private static readonly TimeSpan Spare = TimeSpan.FromSeconds(5);

    private readonly KafkaClients _clients;
    private readonly KafkaLogOptions _options;
    private readonly ILogger _logger;
    private readonly Lock[] _partitions;
    private readonly Lock _gate = new();
    private IProducer<Null, byte[]>? _producer;
    private bool _isClosed;

    /// <summary>Nothing is connected before the first batch.</summary>
    public KafkaAppender(KafkaClients clients, KafkaLogOptions options, int partitions, ILogger logger)
    {
        (_clients, _options, _logger) = (clients, options, logger);
        _partitions = [.. Enumerable.Range(0, partitions).Select(_ => new Lock())];
    }

    /// <summary>Writes the parts of a batch one behind the other; completes when all are acknowledged.</summary>
    /// <returns>The offsets of the first and the last.</returns>
    /// <exception cref="EventLogUnavailableException">A part is not acknowledged; it may be there or not.</exception>
    public async Task<(long First, long Last)> AppendAsync(int partition, IReadOnlyList<EncodedBatch> parts, long appendedMs)
    {
        var writes = new Task<DeliveryResult<Null, byte[]>>[parts.Count];
        IProducer<Null, byte[]>? producer = null;
        try
        {
            lock (_partitions[partition])
            {
                producer = Producer();
                for (var i = 0; i < writes.Length; i++)
                {
                    writes[i] = producer.ProduceAsync(new TopicPartition(_options.Topic, partition), KafkaMessages.Of(parts[i], appendedMs));
                }
            }

            var written = await Task.WhenAll(writes).WaitAsync(_options.AppendTimeout + Spare);
            if (Array.Exists(written, one => one.Status != PersistenceStatus.Persisted || one.Offset.Value is < 0 or > KafkaPositions.MaxOffset))
            {
                throw Refused(partition, "a broker acknowledged a batch without saying where it is", null);
            }

            _clients.Succeeded();
            return (written[0].Offset.Value, written[^1].Offset.Value);
        }
        catch (KafkaException exception)
        {
            if (exception.Error.IsFatal)
            {
                Replace(producer, exception.Error);
            }

            throw Refused(partition, exception.Error.Reason, exception);
        }
        catch (TimeoutException exception)
        {
            throw Refused(partition, $"no answer in {_options.AppendTimeout.TotalSeconds:0.#} s", exception);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or OperationCanceledException)
        {
            throw Refused(partition, "the log is closed", exception);
        }
    }

    /// <summary>Gives up what is under way; it may be there or not.</summary>
    public void Dispose()
    {
        IProducer<Null, byte[]>? producer;
        lock (_gate)
        {
            (_isClosed, producer, _producer) = (true, _producer, null);
        }

        if (producer is not null)
        {
            Close(producer);
        }
    }

    private void Close(IProducer<Null, byte[]> producer)
    {
        producer.Flush(_options.AppendTimeout);
        producer.Dispose();
    }

    private IProducer<Null, byte[]> Producer()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return _producer ??= _clients.Producer(error =>
            {
                if (error.IsFatal)
                {
                    Replace(_producer, error);
                }
            });
        }
    }

    private void Replace(IProducer<Null, byte[]>? broken, Error error)
    {
        lock (_gate)
        {
            if (broken is null || !ReferenceEquals(broken, _producer))
            {
                return;
            }

            _producer = null;
        }

        KafkaEventLogLog.Replaced(_logger, error.Reason);

        // Whoever still waits for it is told when the time of an append is over.
        ThreadPool.QueueUserWorkItem(_ => Close(broken));
    }

    private EventLogUnavailableException Refused(int partition, string reason, Exception? inner) => new(
        $"partition {partition} of {_options.Topic} did not take a batch: {reason}{_clients.Trouble}", inner);
}
