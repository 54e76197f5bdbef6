namespace OrleansAnalytics.Partitions;

/// <summary>One entity that is asked to save, and the answer.</summary>
/// <param name="lane">The entity.</param>
/// <param name="expected">The position that must be saved at least.</param>
public sealed class EntityFlush(EntityLane lane, long expected)
{
    /// <summary>The entity.</summary>
    public EntityLane Lane => lane;

    /// <summary>The position that must be saved at least.</summary>
    public long Expected => expected;

    /// <summary>What it said; meaningful once the channel has completed.</summary>
    public FlushAnswer Answer { get; set; }
}
