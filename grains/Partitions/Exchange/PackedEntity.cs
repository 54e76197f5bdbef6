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
        var kind = reader.Byte();
        return reader.TryUtf8(out var key) ? LaneOf(kind, texts.Find(key)) : throw new DamagedFormatException("an entity without a key");
    }

    /// <summary>The lane of the entity of this kind with this key; see <see cref="Read"/>.</summary>
    /// <exception cref="DamagedFormatException">There is no such kind.</exception>
    public static EntityLane LaneOf(byte kind, KnownText key)
    {
        if (key.Lane is EntityLane known && known.Key.Kind == (EntityKind)kind)
        {
            return known;
        }

        if ((EntityKind)kind is < EntityKind.User or > EntityKind.Page)
        {
            throw new DamagedFormatException($"{kind} is no kind of entity");
        }

        var lane = new EntityLane(new EntityKey((EntityKind)kind, key.Text));
        key.Lane = lane;
        return lane;
    }
}
