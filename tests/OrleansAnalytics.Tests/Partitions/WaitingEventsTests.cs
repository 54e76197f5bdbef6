using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

public sealed class WaitingEventsTests
{
    private readonly WaitingEvents _waiting = new();

    [Fact]
    public void Every_lane_gets_its_events_in_order_chunk_after_chunk() =>
        Gen.Int[0, 4].HashSet[0, 4].Array[0, 40].Array[1, 3].Sample(chunks =>
        {
            var lanes = Enumerable.Range(0, 5).Select(number => new EntityLane(new EntityKey(EntityKind.Product, $"{number}"))).ToArray();
            foreach (var events in chunks)
            {
                for (var i = 0; i < events.Length; i++)
                {
                    _waiting.Add(i + 1, Event(i + 1));
                    Array.ForEach([.. events[i]], lane => _waiting.Wait(lanes[lane]));
                }

                for (var lane = 0; lane < lanes.Length; lane++)
                {
                    var expected = Enumerable.Range(1, events.Length).Where(position => events[position - 1].Contains(lane)).Select(position => (long)position);
                    Assert.Equal(expected.Any(), lanes[lane].HasPending);
                    var taken = lanes[lane].HasPending ? _waiting.Take(lanes[lane]).ToArray() : [];
                    Assert.Equal(expected, taken.Select(one => one.Position));
                    Assert.All(taken, one => Assert.Equal(one.Position, one.Event.TimeMs));
                    Assert.False(lanes[lane].HasPending);
                }

                _waiting.Clear();
            }
        }, threads: 1);

    private static ShopEvent Event(int number) => new() { Id = default, TimeMs = number, Kind = EventKind.View, UserId = "u", ProductId = "p" };
}
