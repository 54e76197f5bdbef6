using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Tests.Partitions;

internal static class Lanes
{
    /// <summary>Sends events on a lane, as a slice.</summary>
    public static Slice Send(this EntityLane lane, int partition, params PositionedEvent[] events) =>
        new(partition, lane.Send(events[0].Position, events[^1].Position), events);
}
