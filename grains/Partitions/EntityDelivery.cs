namespace OrleansAnalytics.Partitions;

/// <summary>One slice on its way to one entity, and the answer.</summary>
/// <param name="lane">The entity.</param>
/// <param name="slice">What it is sent.</param>
public sealed class EntityDelivery(EntityLane lane, Slice slice)
{
    /// <summary>The entity.</summary>
    public EntityLane Lane => lane;

    /// <summary>What it is sent.</summary>
    public Slice Slice => slice;

    /// <summary>What it said; meaningful once the channel has completed.</summary>
    public SliceAnswer Answer { get; set; }
}

/// <summary>A slice's events in one piece.</summary>
internal static class SliceEvents
{
    /// <summary>The events; not to be kept beyond the slice.</summary>
    public static ReadOnlySpan<PositionedEvent> Span(this Slice slice) => slice.Events as PositionedEvent[] ?? [.. slice.Events];
}
