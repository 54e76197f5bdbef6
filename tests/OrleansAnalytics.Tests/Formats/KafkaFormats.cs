using Confluent.Kafka;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using Xunit;

namespace OrleansAnalytics.Tests.Formats;

/// <summary>What the log writes into a topic.</summary>
internal static class KafkaFormats
{
    private const long Offset = 7;

    /// <summary>A batch as a message: its header and its value, which has a format of its own.</summary>
    public static StoredFormat Message { get; } = new("kafka-message", ["KafkaMessages.FormatVersion"], Write, Read);

    private static Task<IReadOnlyList<Piece>> Write()
    {
        var message = KafkaMessages.Of(new EncodedBatch(new byte[] { 1, 2, 3 }, 300), appendedMs: 1_570_000_000_000);
        return Task.FromResult<IReadOnlyList<Piece>>([.. message.Headers.Select(header => new Piece(header.Key, header.GetValueBytes())), new Piece("value", message.Value)]);
    }

    private static Task Read(IReadOnlyList<Piece> pieces)
    {
        var batch = KafkaMessages.Read(
            new ConsumeResult<Ignore, byte[]>
            {
                TopicPartitionOffset = new TopicPartitionOffset("events", 0, Offset),
                Message = new Message<Ignore, byte[]>
                {
                    Headers = [.. pieces.SkipLast(1).Select(piece => new Header(piece.Name, piece.Bytes))],
                    Value = pieces[^1].Bytes,
                    Timestamp = new Timestamp(1_570_000_000_000, TimestampType.CreateTime),
                },
            },
            new ForeignMessages("events", 1, new IngestOptions()));
        Assert.Equal(((7L << 20) + 1, 300, 8L << 20, 1_570_000_000_000), (batch.FirstPosition, batch.Count, batch.LastPosition, batch.AppendedMs));
        Assert.Equal([1, 2, 3], batch.Bytes.ToArray());
        return Task.CompletedTask;
    }
}
