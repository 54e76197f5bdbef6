using Confluent.Kafka;

namespace OrleansAnalytics.Events;

/// <summary>
/// One consumer that reads all partitions that somebody wants to read, each from its own place, into a cursor each. One thread takes what comes; brokers hold a
/// request back until there is something, so nothing is polled and a partition costs no thread.
/// </summary>
internal sealed class KafkaFeed : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(250);

    private readonly KafkaLogOptions _options;
    private readonly IConsumer<Ignore, byte[]> _consumer;
    private readonly ForeignMessages _others;
    private readonly Action<int, long> _reached;
    private readonly Thread _thread;
    private readonly bool[] _isAssigned;
    private long _generation;
    private volatile bool _isClosed;

    /// <summary>Starts with nothing to read.</summary>
    /// <param name="clients">Makes the consumer.</param>
    /// <param name="options">The topic and how much is read ahead.</param>
    /// <param name="partitions">How many there are.</param>
    /// <param name="others">Reads messages of others.</param>
    /// <param name="reached">Told of a partition and the offset that its next message gets.</param>
    public KafkaFeed(KafkaClients clients, KafkaLogOptions options, int partitions, ForeignMessages others, Action<int, long> reached)
    {
        (_options, _others, _reached) = (options, others, reached);
        _consumer = clients.Consumer();
        _isAssigned = new bool[partitions];
        Cursors = [.. Enumerable.Range(0, partitions).Select(_ => new KafkaCursor(options.ReadBufferBytes))];
        _thread = new Thread(Run) { IsBackground = true, Name = "log reader" };
        _thread.Start();
    }

    /// <summary>By partition.</summary>
    public IReadOnlyList<KafkaCursor> Cursors { get; }

    /// <summary>Reads a partition from another place.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="after">The position after which a reader is.</param>
    /// <param name="range">What the partition has.</param>
    /// <exception cref="EventLogUnavailableException">The position is beyond the end.</exception>
    public void Place(int partition, long after, KafkaRange range)
    {
        var wanted = KafkaPositions.OffsetAfter(after);
        if (wanted > range.End)
        {
            throw new EventLogUnavailableException(
                $"partition {partition} of {_options.Topic} ends at offset {range.End}, before {wanted}, from where it is to be read: it is not the topic that was read, or it has lost what it had");
        }

        var next = Math.Max(wanted, range.Begin);
        lock (Cursors[partition].Gate)
        {
            // Who has read nothing yet has lost nothing; a first batch that comes late says the rest.
            LogBatch? lost = next > wanted && after > 0 ? KafkaPositions.Lost(wanted, next) : null;
            Cursors[partition].Place(after, next, lost, Interlocked.Increment(ref _generation));
            Assign(partition, next);
        }
    }

    /// <summary>Hands out what is there of a partition after a position; null if nothing is, yet.</summary>
    public List<LogBatch>? Read(int partition, long after, int most)
    {
        var cursor = Cursors[partition];
        var found = cursor.Read(after, most);
        if (cursor.BecomesFree())
        {
            _consumer.Resume([Of(partition)]);
        }

        return found;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isClosed = true;
        _thread.Join();
        _consumer.Dispose();
    }

    private void Run()
    {
        while (!_isClosed)
        {
            var generation = Interlocked.Read(ref _generation);
            try
            {
                if (_consumer.Consume(LongestWait) is { } result)
                {
                    Take(result);
                }
            }
            catch (ConsumeException exception)
            {
                Fail(exception, generation);
            }
            catch (KafkaException)
            {
                // Of no partition: the clients have told it, and whoever waits for events says so when its time is over.
            }
        }
    }

    private void Take(ConsumeResult<Ignore, byte[]> result)
    {
        var (partition, offset) = (result.Partition.Value, result.Offset.Value);
        var cursor = Cursors[partition];
        lock (cursor.Gate)
        {
            if (cursor.Next < 0 || offset < cursor.Next)
            {
                return;
            }

            if (offset > cursor.Next && !cursor.IsHole(offset, () => Interlocked.Increment(ref _generation)))
            {
                Assign(partition, cursor.Next);
                return;
            }

            cursor.Take(offset, result.IsPartitionEOF ? null : KafkaMessages.Read(result, _others));
            if (cursor.BecomesFull())
            {
                _consumer.Pause([Of(partition)]);
            }
        }

        _reached(partition, result.IsPartitionEOF ? offset : offset + 1);
    }

    /// <summary>The partition cannot be read from its place: its reader is to look anew, and finds out why.</summary>
    private void Fail(ConsumeException exception, long generation)
    {
        if (exception.ConsumerRecord?.Partition.Value is { } partition && partition >= 0 && partition < Cursors.Count)
        {
            lock (Cursors[partition].Gate)
            {
                if (Cursors[partition].Generation <= generation)
                {
                    Cursors[partition].Leave();
                    Unassign(partition);
                }
            }
        }
    }

    private void Assign(int partition, long offset)
    {
        Unassign(partition);
        _consumer.IncrementalAssign([new TopicPartitionOffset(_options.Topic, partition, offset)]);
        _isAssigned[partition] = true;
    }

    private void Unassign(int partition)
    {
        if (_isAssigned[partition])
        {
            _isAssigned[partition] = false;
            _consumer.IncrementalUnassign([Of(partition)]);
        }
    }

    private TopicPartition Of(int partition) => new(_options.Topic, partition);
}
