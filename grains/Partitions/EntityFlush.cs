namespace OrleansAnalytics.Partitions;

/// <summary>One flush on its way to one entity, and the answer.</summary>
/// <param name="lane">The entity.</param>
/// <param name="expected">The last position it is known to have applied.</param>
public sealed class EntityFlush(EntityLane lane, long expected)
{
    /// <summary>The entity.</summary>
    public EntityLane Lane => lane;

    /// <summary>The last position it is known to have applied: having less is a gap.</summary>
    public long Expected => expected;

    /// <summary>What it said; meaningful once the channel has completed.</summary>
    public FlushAnswer Answer { get; set; }
}
