using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

public sealed class DirtyTableTests
{
    private static readonly ShopEvent Event = new() { Id = default, TimeMs = 1, Kind = EventKind.View, UserId = "u", ProductId = "p" };

    private readonly DirtyTable _table = new();

    [Fact]
    public void A_lane_stays_the_same_until_it_is_forgotten()
    {
        var lane = Sent("p1", 5);
        Assert.Same(lane, _table.Lane(lane.Key));
        _table.ForgetIfClean(lane);
        Assert.Same(lane, _table.Lane(lane.Key));

        lane.EndFlush(5);
        var waiting = new WaitingEvents();
        waiting.Add(9, Event);
        waiting.Wait(lane);
        _table.ForgetIfClean(lane);
        Assert.Same(lane, _table.Lane(lane.Key));

        lane.Send(0, [.. waiting.Take(lane)]);
        lane.EndFlush(9);
        _table.ForgetIfClean(lane);
        Assert.Equal(0, _table.Count);
        Assert.NotSame(lane, _table.Lane(lane.Key));
    }

    [Fact]
    public void A_position_at_the_first_unsaved_one_may_not_be_committed()
    {
        Sent("p1", 5);
        Assert.True(_table.IsSavedThrough(4));
        Assert.False(_table.IsSavedThrough(5));
        Assert.Empty(_table.UnsavedThrough(4));
        Assert.Single(_table.UnsavedThrough(5));
        _table.Clear();
        Assert.Equal((true, 0), (_table.IsSavedThrough(long.MaxValue), _table.Count));
    }

    [Fact]
    public void Events_that_only_wait_hold_no_checkpoint_back()
    {
        var waiting = new WaitingEvents();
        waiting.Add(1, Event);
        waiting.Wait(_table.Lane(new EntityKey(EntityKind.User, "u")));
        Assert.True(_table.IsSavedThrough(long.MaxValue));
        Assert.Empty(_table.UnsavedThrough(long.MaxValue));
    }

    [Fact]
    public void The_unsaved_are_those_with_an_unsaved_position_at_or_below_oldest_first() =>
        Gen.Select(Gen.Select(Gen.Long[1, 40], Gen.Bool).Array[0, 12], Gen.Long[0, 41]).Sample((lanes, position) =>
        {
            var table = new DirtyTable();
            for (var i = 0; i < lanes.Length; i++)
            {
                var lane = table.Lane(new EntityKey(EntityKind.Product, "p" + i));
                lane.Send(lanes[i].Item1, lanes[i].Item1);
                if (lanes[i].Item2)
                {
                    lane.EndFlush(lanes[i].Item1);
                }
            }

            var unsaved = lanes.Where(one => !one.Item2 && one.Item1 <= position).Select(one => one.Item1).Order().ToList();
            Assert.Equal(unsaved, table.UnsavedThrough(position).Select(lane => lane.FirstUnsaved));
            Assert.Equal(unsaved.Count == 0, table.IsSavedThrough(position));
        });

    private EntityLane Sent(string product, long position)
    {
        var lane = _table.Lane(new EntityKey(EntityKind.Product, product));
        lane.Send(position, position);
        lane.Acknowledge();
        return lane;
    }
}
