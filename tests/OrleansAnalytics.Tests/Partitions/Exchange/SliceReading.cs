using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Exchange;

namespace OrleansAnalytics.Tests.Partitions.Exchange;

/// <summary>All slices of a message at once.</summary>
internal static class SliceReading
{
    public static IReadOnlyList<EntityDelivery> Deliveries(this SliceUnpacker unpacker, SliceMessage message)
    {
        var deliveries = new List<EntityDelivery>();
        unpacker.Read(message, (number, lane, after, events) =>
        {
            Xunit.Assert.Equal(deliveries.Count, number);
            deliveries.Add(new EntityDelivery(lane, new Slice(message.Partition, after, events.ToArray())));
        });
        return deliveries;
    }
}
