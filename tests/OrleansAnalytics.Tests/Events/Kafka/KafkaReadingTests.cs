using System.Text;
using Confluent.Kafka;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Ingest;
using Xunit;

namespace OrleansAnalytics.Tests.Events.Kafka;

/// <summary>What is particular to reading a topic: retention of its own, other producers, batches in parts, several readers.</summary>
public sealed class KafkaReadingTests : IDisposable
{
    private const int Slot = 1 << 20;
    private readonly KafkaLogs _logs = new(partitions: 2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task What_retention_removed_before_it_was_read_is_read_as_lost_with_its_positions()
    {
        var log = _logs.Open();
        for (var i = 0; i < 5; i++)
        {
            await log.AppendAsync(0, ShopBatch.Of($"b{i}", 10).Batch, Token);
        }

        Assert.Single(await log.ReadAsync(0, 0, 1, Token));
        _logs.Cluster.Remove(KafkaLogs.Topic, 0, before: 3);

        var reader = _logs.Open();
        var read = await ReadAsync(reader, 0, after: Slot);
        Assert.Equal([(Slot + 1, 3 * Slot, true), ((3 * Slot) + 1, 4 * Slot, false), ((4 * Slot) + 1, 5 * Slot, false)], read.Select(batch => (batch.FirstPosition, batch.LastPosition, batch.Bytes.IsEmpty)));
        var damage = Assert.Throws<DamagedFormatException>(() => EventBatchReader.Read(read[0], 0, new EventTexts(10), []));
        Assert.Equal($"positions {Slot + 1} to {3 * Slot} were acknowledged and are no longer in the log", DamagedPositions.Of(read[0], damage));

        // Who begins with nothing sees by the first position that something was there before.
        Assert.Equal((3 * Slot) + 1, (await ReadAsync(_logs.Open(), 0, after: 0))[0].FirstPosition);
        Assert.Equal(3 * Slot, await reader.TrimAsync(0, 0, Token));
    }

    [Fact]
    public async Task What_retention_removed_after_a_reader_was_woken_is_told_to_the_one_that_follows_it()
    {
        var log = _logs.Open();
        await log.AppendAsync(0, ShopBatch.Of("first", 10).Batch, Token);
        Assert.Single(await log.ReadAsync(0, 0, 1, Token));
        var waiting = log.WaitAsync(0, Slot, Token).AsTask();
        _logs.Cluster.AllDown();
        _logs.Cluster.AllUp();
        await log.AppendAsync(0, ShopBatch.Of("second", 10).Batch, Token);
        await log.AppendAsync(0, ShopBatch.Of("third", 10).Batch, Token);
        await waiting;
        _logs.Cluster.Remove(KafkaLogs.Topic, 0, before: 2);
        var read = await ReadAsync(_logs.Open(), 0, after: Slot);
        Assert.Equal([(Slot + 1L, true), ((2L * Slot) + 1, false)], read.Select(batch => (batch.FirstPosition, batch.Bytes.IsEmpty)));
    }

    [Fact]
    public async Task A_topic_that_is_shorter_than_what_was_read_of_it_is_another_one()
    {
        await _logs.Open().AppendAsync(0, ShopBatch.Of("one", 1).Batch, Token);
        var log = _logs.Open();
        Assert.Equal(Slot, await log.EndAsync(0, Token));
        var exception = await Assert.ThrowsAsync<EventLogUnavailableException>(async () => await log.WaitAsync(0, 7 * Slot, Token));
        Assert.Contains("ends at offset 1, before 7", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_that_is_too_large_for_a_request_is_divided_and_keeps_its_order()
    {
        var options = _logs.Options;
        options.MaxRequestBytes = 65_536;
        var log = _logs.Open(options);
        var (batch, ids) = ShopBatch.Of("large", 5000);
        Assert.True(batch.Bytes.Length > 2 * options.MaxRequestBytes);
        var range = await log.AppendAsync(0, batch, Token);
        var read = await ReadAsync(log, 0, after: 0);
        Assert.True(read.Count > 2);
        Assert.All(read, part => Assert.InRange(part.Bytes.Length, 1, options.MaxRequestBytes));
        Assert.Equal((read[0].FirstPosition, read[^1].LastPosition), (range.First, range.Last));
        Assert.Equal(ids, Entries(read).Select(entry => entry.Event!.Id));
    }

    [Fact]
    public async Task Two_readers_of_one_partition_do_not_take_each_others_place()
    {
        var log = _logs.Open();
        for (var i = 0; i < 20; i++)
        {
            await log.AppendAsync(1, ShopBatch.Of($"b{i}", 3).Batch, Token);
        }

        var (ahead, behind) = (10L * Slot, 0L);
        for (var step = 0; step < 10; step++)
        {
            ahead = (await log.ReadAsync(1, ahead, 1, Token))[^1].LastPosition;
            behind = (await log.ReadAsync(1, behind, 1, Token))[^1].LastPosition;
            Assert.Equal(((11 + step) * (long)Slot, (1 + step) * (long)Slot), (ahead, behind));
        }
    }

    [Fact]
    public async Task A_reader_that_goes_back_again_and_again_misses_nothing()
    {
        const int Messages = 60;
        var writer = _logs.Open();
        for (var i = 0; i < Messages; i++)
        {
            await writer.AppendAsync(0, ShopBatch.Of($"b{i}", 1).Batch, Token);
        }

        var log = _logs.Open();
        var random = new Random(17);
        for (var turn = 0; turn < 300; turn++)
        {
            // What the consumer has under way for the place of before arrives after it was sent back.
            var from = random.Next(Messages - 1);
            var after = from * (long)Slot;
            var first = (await log.ReadAsync(0, after, 1, Token))[0];
            Assert.Equal((turn, after + 1, 1), (turn, first.FirstPosition, first.Count));
        }
    }

    [Fact]
    public async Task A_reader_is_woken_by_what_another_process_appends()
    {
        var log = _logs.Open();
        Assert.Equal(0, await log.EndAsync(0, Token));
        var waiting = log.WaitAsync(0, 0, Token).AsTask();
        Assert.False(waiting.IsCompleted);
        await _logs.Open().AppendAsync(0, ShopBatch.Of("elsewhere", 2).Batch, Token);
        await waiting;
        Assert.Single(await log.ReadAsync(0, 0, int.MaxValue, Token));
    }

    [Fact]
    public async Task Events_of_other_producers_are_read_with_the_rules_of_the_door_and_the_same_at_every_reading()
    {
        var user = Enumerable.Range(0, 100).Select(i => $"u{i}").First(one => PartitionRouter.PartitionOf(one, 2) == 1);
        var stranger = Enumerable.Range(0, 100).Select(i => $"u{i}").First(one => PartitionRouter.PartitionOf(one, 2) == 0);
        string Event(string who, string more = "", string time = "2019-10-01T00:00:00Z") => $$"""{"event_time":"{{time}}","event_type":"view","product_id":"p1","user_id":"{{who}}"{{more}}}""";
        Produce(1, Event(user, ",\"event_id\":\"e1\""));
        Produce(1, $"[{Event(user)},{Event(user, ",\"price\":-1")},{Event(stranger)},{Event(user, time: "2099-01-01T00:00:00Z")},7]");
        Produce(1, "no JSON");
        Produce(1, " ");
        Produce(1, $"[{Event(user)},{{");
        var log = _logs.Open();
        await log.AppendAsync(1, ShopBatch.Of("own", 2).Batch, Token);

        var read = await ReadAsync(log, 1, after: 0);
        var entries = Entries(read);
        Assert.Equal(
            ["0:0 event", "1:0 event", "1:1 BadPrice", "1:2 WrongPartition", "1:3 InTheFuture", "1:4 Malformed", "2:0 Malformed", "4:0 event", "4:1 Malformed", "5:0 event", "5:1 event"],
            entries.Select(entry => $"{(entry.Position - 1) / Slot}:{(entry.Position - 1) % Slot} {entry.Rejection?.Reason.ToString() ?? "event"}"));
        Assert.Equal(EventIds.FromProducer(Encoding.UTF8.GetBytes(user), "e1"u8), entries[0].Event!.Id);
        Assert.Equal(entries[1].Event!.Id, entries[7].Event!.Id);
        Assert.Equal("events/1@1:2", entries[2].Rejection!.Source);
        Assert.Equal($"the user belongs to partition {0}", entries[3].Rejection!.Detail);
        Assert.Contains("neither a batch of this log nor JSON", entries[6].Rejection!.Detail, StringComparison.Ordinal);
        Assert.Equal(6 * (long)Slot, read[^1].LastPosition);
        Assert.Equal(entries.Select(Told), Entries(await ReadAsync(_logs.Open(), 1, after: 0)).Select(Told));
    }

    private static (long, EventId, long) Told(LogEntry entry) => (entry.Position, entry.Event?.Id ?? entry.Rejection!.Id, entry.Rejection?.ReceivedMs ?? 0);

    private static List<LogEntry> Entries(IEnumerable<LogBatch> batches)
    {
        var entries = new List<LogEntry>();
        foreach (var batch in batches)
        {
            EventBatchReader.Read(batch, 0, new EventTexts(1000), entries);
        }

        return entries;
    }

    private static async Task<List<LogBatch>> ReadAsync(KafkaEventLog log, int partition, long after)
    {
        var all = new List<LogBatch>();
        while (await log.ReadAsync(partition, after, int.MaxValue, Token) is { Count: > 0 } some)
        {
            all.AddRange(some);
            after = some[^1].LastPosition;
        }

        return all;
    }

    private void Produce(int partition, string text)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = _logs.Cluster.Brokers }).Build();
        producer.Produce(new TopicPartition(KafkaLogs.Topic, partition), new Message<Null, string> { Value = text });
        producer.Flush(Token);
    }
}
