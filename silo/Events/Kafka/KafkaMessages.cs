using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Confluent.Kafka;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Events;

/// <summary>
/// A batch as a message: its bytes as value, and one header that says that it is one and how many entries it has (version byte, 32 bits little-endian). A
/// message without that header was written by somebody else.
/// </summary>
internal static class KafkaMessages
{
    /// <summary>The header's name.</summary>
    public const string Header = "orleans-analytics-batch";
    internal const byte FormatVersion = 1;
    internal const int HeaderBytes = 5;

    // What a request has beside the value of its only message, generously.
    private const int BesideValue = 2048;

    /// <summary>The bytes that the batch of one message may have.</summary>
    public static int Room(KafkaLogOptions options) => options.MaxRequestBytes - BesideValue;

    /// <summary>The message of a batch.</summary>
    public static Message<Null, byte[]> Of(EncodedBatch batch, long appendedMs)
    {
        var header = new byte[HeaderBytes];
        header[0] = FormatVersion;
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(1), batch.Count);
        var isWhole = MemoryMarshal.TryGetArray(batch.Bytes, out var array) && array.Offset == 0 && array.Count == array.Array!.Length;
        return new Message<Null, byte[]>
        {
            Value = isWhole ? array.Array! : batch.Bytes.ToArray(),
            Headers = [new Header(Header, header)],
            Timestamp = new Timestamp(appendedMs, TimestampType.CreateTime),
        };
    }

    /// <summary>What a message holds.</summary>
    public static LogBatch Read(ConsumeResult<Ignore, byte[]> message, ForeignMessages others)
    {
        var offset = message.Offset.Value;
        var value = message.Message.Value ?? [];
        var timeMs = message.Message.Timestamp.UnixTimestampMs;
        if (message.Message.Headers is null || !message.Message.Headers.TryGetLastBytes(Header, out var header))
        {
            return ReadForeign(message.Partition.Value, offset, timeMs, value, others);
        }

        var count = header is { Length: HeaderBytes } && header[0] == FormatVersion ? BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(1)) : 0;

        return count is > 0 and <= KafkaPositions.PerMessage
            ? KafkaPositions.Batch(offset, count, timeMs, value)
            : Damaged(offset, timeMs);
    }

    private static LogBatch ReadForeign(int partition, long offset, long timeMs, byte[] value, ForeignMessages others)
    {
        try
        {
            return others.Read(partition, offset, timeMs, value);
        }
        catch (Exception)
        {
            // A defect here must not stop the partition for ever: the message becomes a dead letter, and stays in the topic.
            return Damaged(offset, timeMs);
        }
    }

    /// <summary>A version that no batch has: whoever decodes it tells that the position cannot be read.</summary>
    private static LogBatch Damaged(long offset, long timeMs) => KafkaPositions.Batch(offset, 1, timeMs, new byte[] { byte.MaxValue });
}
