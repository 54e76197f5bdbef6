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
    public void A_lane_that_was_forgotten_clean_returns_as_if_new_and_asks_again()
    {
        var text = new KnownText("1004767");
        var lane = _table.Lane(EntityKind.Product, text);
        lane.Send(5, 7);
        lane.Acknowledge();
        lane.BeginFlush(partition: 3);
        lane.Answer = new FlushAnswer(IsGap: false, 7);
        lane.EndFlush(7);
        _table.ForgetIfClean(lane);
        Assert.Equal(0, _table.Count);

        Assert.Same(lane, _table.Lane(EntityKind.Product, text));
        Assert.Same(lane, _table.Lane(lane.Key));
        Assert.False(lane.IsDirty);
        Assert.Equal(0, lane.Send(9, 9));
        Assert.Equal(9, lane.FirstUnsaved);
        lane.Acknowledge();
        lane.BeginFlush(partition: 3);
        Assert.Equal((9, default(FlushAnswer)), (lane.Expected, lane.Answer));
    }

    [Fact]
    public void A_lane_that_was_dropped_or_that_another_has_replaced_does_not_return()
    {
        var text = new KnownText("1004767");
        var dropped = _table.Lane(EntityKind.Product, text);
        dropped.Send(5, 7);
        _table.Drop(dropped);
        var second = _table.Lane(EntityKind.Product, text);
        Assert.NotSame(dropped, second);
        _table.ForgetIfClean(second);
        var third = _table.Lane(second.Key);
        Assert.NotSame(second, third);
        Assert.Same(third, _table.Lane(EntityKind.Product, text));

        third.Send(8, 8);
        _table.Clear();
        Assert.NotSame(third, _table.Lane(EntityKind.Product, text));
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
