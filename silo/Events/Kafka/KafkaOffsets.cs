using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace OrleansAnalytics.Events;

/// <summary>Where a partition begins and ends.</summary>
/// <param name="Begin">The first offset that is there.</param>
/// <param name="End">The offset that the next message gets.</param>
internal readonly record struct KafkaRange(long Begin, long End);

/// <summary>Asks where partitions begin and end, for all partitions in one go: who asks while a question is under way shares the next one. Safe for concurrent use.</summary>
internal sealed class KafkaOffsets(IAdminClient admin, KafkaClients clients, KafkaLogOptions options, int partitions)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly long[] _begins = new long[partitions];
    private Task<KafkaRange?[]> _current = Task.FromResult(Array.Empty<KafkaRange?>());
    private Task<KafkaRange?[]>? _next;

    /// <summary>The partition's range as it was at some moment after the call.</summary>
    /// <exception cref="EventLogUnavailableException">Its broker did not say in time.</exception>
    public async ValueTask<KafkaRange> AskAsync(int partition, CancellationToken cancellationToken)
    {
        var deadline = Environment.TickCount64 + (long)options.ConnectTimeout.TotalMilliseconds;
        while (true)
        {
            if ((await Next().WaitAsync(cancellationToken))[partition] is { } range)
            {
                clients.Succeeded();
                return range;
            }

            if (Environment.TickCount64 > deadline)
            {
                throw new EventLogUnavailableException(
                    $"the brokers {clients.Brokers} did not say in {options.ConnectTimeout.TotalSeconds:0.#} s where partition {partition} of {options.Topic} ends{clients.Trouble}");
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>Where the partition began when it was asked last; 0 if it never was.</summary>
    public long LastBegin(int partition) => Volatile.Read(ref _begins[partition]);

    private Task<KafkaRange?[]> Next()
    {
        lock (_gate)
        {
            return _next ??= Task.Run(() => AfterAsync(_current));
        }
    }

    private async Task<KafkaRange?[]> AfterAsync(Task before)
    {
        await before;
        lock (_gate)
        {
            (_current, _next) = (_next!, null);
        }

        var begins = AskAsync(OffsetSpec.Earliest());
        var ends = AskAsync(OffsetSpec.Latest());
        var (first, last) = (await begins, await ends);
        for (var partition = 0; partition < partitions; partition++)
        {
            Volatile.Write(ref _begins[partition], first[partition] ?? _begins[partition]);
        }

        KafkaRange?[] ranges = [.. first.Zip(last, (begin, end) => begin is { } b && end is { } e ? new KafkaRange(b, e) : (KafkaRange?)null)];
        if (Array.Exists(ranges, range => range is null))
        {
            await Task.Run(RefreshLeaders);
        }

        return ranges;
    }

    /// <summary>The client asks the leaders that it knows of, and does not look for new ones because an old one is none any more.</summary>
    private void RefreshLeaders()
    {
        try
        {
            admin.GetMetadata(options.RequestTimeout);
        }
        catch (KafkaException)
        {
            // Then it is asked again.
        }
    }

    /// <summary>An answer for each partition; null where there was none.</summary>
    private async Task<long?[]> AskAsync(OffsetSpec what)
    {
        var found = new long?[partitions];
        try
        {
            var answer = await admin.ListOffsetsAsync(
                Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffsetSpec { TopicPartition = new TopicPartition(options.Topic, partition), OffsetSpec = what }),
                new ListOffsetsOptions { RequestTimeout = options.ConnectTimeout, IsolationLevel = IsolationLevel.ReadCommitted });
            Take(answer.ResultInfos, found);
        }
        catch (ListOffsetsException exception)
        {
            Take(exception.Result.ResultInfos, found);
        }
        catch (KafkaException)
        {
            // Nobody answered at all; what the clients complained of is in the message.
        }

        return found;
    }

    private static void Take(IEnumerable<ListOffsetsResultInfo> answers, long?[] found)
    {
        foreach (var answer in answers.Select(one => one.TopicPartitionOffsetError).Where(one => !one.Error.IsError && one.Offset.Value >= 0))
        {
            found[answer.Partition.Value] = answer.Offset.Value;
        }
    }
}
