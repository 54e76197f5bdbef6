using System.Text;
using Confluent.Kafka;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using Xunit;
using ErrorCode = Confluent.Kafka.ErrorCode;

namespace OrleansAnalytics.Tests.Events.Kafka;

/// <summary>
/// Brokers refuse, die, come back, hand over partitions, and answer too late, in an order that a seed decides; <c>ORLEANS_ANALYTICS_KAFKA=17</c> repeats that of one seed.
/// </summary>
public sealed class KafkaFaultTests
{
    private const string Variable = "ORLEANS_ANALYTICS_KAFKA";
    private const int Partitions = 4;
    private const int Rounds = 25;
    private const int BatchesOfARound = 6;

    private static readonly ErrorCode[] Refusals =
    [
        ErrorCode.NotLeaderForPartition, ErrorCode.LeaderNotAvailable, ErrorCode.NotEnoughReplicas, ErrorCode.NotEnoughReplicasAfterAppend, ErrorCode.RequestTimedOut,
        ErrorCode.NetworkException, ErrorCode.KafkaStorageError, ErrorCode.UnknownTopicOrPart,
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_brokers_do_what_was_acknowledged_is_there_and_what_was_refused_is_there_once_after_it_was_sent_again()
    {
        var seed = Told.Seed(Variable);
        try
        {
            await RunAsync(new Random(seed));
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Failed with the faults of seed {seed}; {Variable}={seed} repeats them.", exception);
        }
    }

    private static async Task RunAsync(Random random)
    {
        using var logs = new KafkaLogs(Partitions);
        var options = logs.Options;
        (options.RequestTimeout, options.AppendTimeout) = (TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1));
        var log = logs.Open(options);
        var sent = new List<(int Partition, EventId[] Ids, AppendedRange Range)>();
        var readers = Enumerable.Range(0, Partitions).Select(_ => new Reader()).ToArray();
        var refused = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var isDown = Disturb(logs.Cluster, random);
            var appends = Enumerable.Range(0, BatchesOfARound).Select(one => AppendAsync(log, random.Next(Partitions), $"{round}-{one}", random.Next(1, 30))).ToList();
            var outcomes = await Task.WhenAll(appends);
            logs.Cluster.AllUp();
            foreach (var outcome in outcomes)
            {
                // As the door's clients do: the same events again, until they are acknowledged.
                refused += outcome.Range is null ? 1 : 0;
                sent.Add((outcome.Partition, outcome.Ids, outcome.Range ?? await AgainAsync(log, outcome)));
            }

            await Task.WhenAll(readers.Select((reader, partition) => reader.ReadAsync(log, partition, isDown)));
        }

        foreach (var (partition, ids, range) in sent)
        {
            Assert.Equal(ids, readers[partition].At(range.First, ids.Length));
        }

        // A second log on the topic reads the same at the same positions.
        var other = logs.Open();
        for (var partition = 0; partition < Partitions; partition++)
        {
            var again = new Reader();
            await again.ReadAsync(other, partition, isTroubled: false);
            Assert.Equal(readers[partition].Found, again.Found);
        }

        Assert.Equal(sent.SelectMany(one => one.Ids).ToHashSet(), readers.SelectMany(reader => reader.Found.Values).ToHashSet());
        Console.WriteLine($"{sent.Count} batches, {refused} of them refused at first");
    }

    /// <summary>One thing goes wrong, or nothing; true if brokers are down.</summary>
    private static bool Disturb(MockKafka cluster, Random random)
    {
        switch (random.Next(7))
        {
            case 0:
                cluster.Fail(KafkaRequest.Produce, [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Refusals[random.Next(Refusals.Length)])]);
                return false;
            case 1:
                cluster.Fail(KafkaRequest.Fetch, [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Refusals[random.Next(Refusals.Length)])]);
                return false;
            case 2:
                cluster.AnswerLate(random.Next(1, cluster.BrokerCount + 1), KafkaRequest.Produce, milliseconds: 1500);
                return false;
            case 3:
                cluster.Lead(KafkaLogs.Topic, random.Next(Partitions), random.Next(1, cluster.BrokerCount + 1));
                return false;
            case 4:
                cluster.Down(random.Next(1, cluster.BrokerCount + 1));
                return true;
            case 5:
                cluster.AllDown();
                return true;
            default:
                return false;
        }
    }

    private static async Task<(int Partition, EncodedBatch Batch, EventId[] Ids, AppendedRange? Range)> AppendAsync(KafkaEventLog log, int partition, string name, int count)
    {
        var (batch, ids) = ShopBatch.Of(name, count);
        try
        {
            return (partition, batch, ids, await log.AppendAsync(partition, batch, Token));
        }
        catch (EventLogUnavailableException)
        {
            return (partition, batch, ids, null);
        }
    }

    private static Task<AppendedRange> AgainAsync(KafkaEventLog log, (int Partition, EncodedBatch Batch, EventId[] Ids, AppendedRange? Range) refused) => Eventually.IsAsync(
        () => log.AppendAsync(refused.Partition, refused.Batch, Token).AsTask(), _ => true, "an append to brokers that are well");

    /// <summary>Reads a partition to its end, again and again, and keeps what is where.</summary>
    private sealed class Reader
    {
        private readonly EventTexts _texts = new(1000);
        private long _after;

        public SortedDictionary<long, EventId> Found { get; } = [];

        public IEnumerable<EventId> At(long first, int count) => Enumerable.Range(0, count).Select(i => Found[first + i]);

        public async Task ReadAsync(KafkaEventLog log, int partition, bool isTroubled)
        {
            var end = await log.EndAsync(partition, Token);
            while (_after < end)
            {
                if (isTroubled)
                {
                    await log.WaitAsync(partition, _after, Token);
                }

                foreach (var batch in await log.ReadAsync(partition, _after, 2000, Token))
                {
                    Assert.Equal(_after + 1, batch.FirstPosition);
                    var entries = new List<LogEntry>();
                    EventBatchReader.Read(batch, _after, _texts, entries);
                    entries.ForEach(entry => Found.Add(entry.Position, entry.Event!.Id));
                    _after = batch.LastPosition;
                }
            }
        }
    }
}

/// <summary>Batches of events that look like a shop's.</summary>
internal static class ShopBatch
{
    public static (EncodedBatch Batch, EventId[] Ids) Of(string name, int count, string user = "u1")
    {
        var writer = new EventBatchWriter();
        var ids = new EventId[count];
        for (var i = 0; i < count; i++)
        {
            ids[i] = EventIds.FromProducer("u1"u8, Encoding.UTF8.GetBytes($"{name}/{i}"));
            writer.Add(new ShopEvent { Id = ids[i], TimeMs = 1_570_000_000_000 + i, Kind = EventKind.View, UserId = user, ProductId = $"p{i}", Quantity = 1 });
        }

        return (writer.Build(), ids);
    }
}
