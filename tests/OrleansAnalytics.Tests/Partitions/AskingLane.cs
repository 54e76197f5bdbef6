using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Tests.Partitions;

internal static class AskingLane
{
    /// <summary>A lane that asks its entity to save.</summary>
    public static EntityLane Of(EntityKey entity, int partition, long expected)
    {
        var lane = new EntityLane(entity);
        lane.Ask(partition, expected);
        return lane;
    }
}
