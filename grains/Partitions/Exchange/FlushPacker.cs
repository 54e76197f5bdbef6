using System.Buffers;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Exchange;

/// <summary>Writes and reads the flushes of a message: version byte, then for each the kind of its entity, the key, and the expected position.</summary>
public static class FlushPacker
{
    internal const byte FormatVersion = 1;

    /// <summary>The message.</summary>
    /// <param name="partition">The asking partition.</param>
    /// <param name="flushes">At least one.</param>
    public static FlushMessage Pack(int partition, IReadOnlyList<EntityLane> flushes)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        var writer = new FormatWriter(bytes);
        writer.Byte(FormatVersion);
        foreach (var flush in flushes)
        {
            PackedEntity.Write(writer, flush.Key);
            writer.Count(flush.Expected);
        }

        return new FlushMessage(partition, flushes.Count, bytes.WrittenMemory);
    }

    /// <summary>The flushes, in the order of the message.</summary>
    /// <exception cref="DamagedFormatException">The message is changed or cut, or a newer program wrote it.</exception>
    public static EntityLane[] Read(FlushMessage message, EventTexts texts)
    {
        var reader = new FormatReader(message.Flushes.Span);
        reader.Version(FormatVersion, "flush message");
        var flushes = new EntityLane[message.Count];
        for (var i = 0; i < flushes.Length; i++)
        {
            // Each a lane of its own: flushes of several partitions may be under way to the same entity.
            var known = PackedEntity.Read(ref reader, texts);
            flushes[i] = new EntityLane(known.Key) { Local = known.Local };
            flushes[i].Ask(message.Partition, reader.Count());
        }

        return flushes;
    }
}
