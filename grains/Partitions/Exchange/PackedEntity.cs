using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Exchange;

/// <summary>An entity's key within a message: kind and text.</summary>
internal static class PackedEntity
{
    /// <summary>Writes it.</summary>
    public static void Write(FormatWriter writer, EntityKey entity)
    {
        writer.Byte((byte)entity.Kind);
        writer.Text(entity.Key);
    }

    /// <summary>Reads it: the lane that the text was last read into, so that who knows the way to the entity need not look for it again.</summary>
    /// <exception cref="DamagedFormatException">It is none.</exception>
    public static EntityLane Read(ref FormatReader reader, EventTexts texts)
    {
        var kind = (EntityKind)reader.Byte();
        if (kind is < EntityKind.User or > EntityKind.Page || !reader.TryUtf8(out var key))
        {
            throw new DamagedFormatException($"{(byte)kind} is no kind of entity, or it has no key");
        }

        var text = texts.Find(key);
        if (text.Lane is not EntityLane lane || lane.Key.Kind != kind)
        {
            text.Lane = lane = new EntityLane(new EntityKey(kind, text.Text));
        }

        return lane;
    }
}
