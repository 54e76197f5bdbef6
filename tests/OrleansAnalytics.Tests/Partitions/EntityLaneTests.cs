using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

public sealed class EntityLaneTests
{
    private static readonly ShopEvent Event = new() { Id = default, TimeMs = 1, Kind = EventKind.View, UserId = "u", ProductId = "p" };

    private readonly EntityLane _lane = new(new EntityKey(EntityKind.Product, "p"));

    [Fact]
    public void A_new_lane_is_clean_and_has_nothing_waiting() =>
        Assert.Equal((false, false, 0L), (_lane.IsDirty, _lane.HasPending, _lane.FirstUnsaved));

    [Fact]
    public void A_slice_holds_what_waited_in_order()
    {
        var waiting = new WaitingEvents();
        waiting.Add(4, Event);
        waiting.Wait(_lane);
        waiting.Add(9, Event);
        waiting.Wait(_lane);
        Assert.True(_lane.HasPending);
        Assert.False(_lane.IsDirty, "nothing was sent yet");
        var events = waiting.Take(_lane).ToArray();
        Assert.Equal([4L, 9L], events.Select(one => one.Position));
        Assert.Equal(0, _lane.Send(4, 9));
        Assert.Equal((false, true, 4L, 9L), (_lane.HasPending, _lane.IsDirty, _lane.FirstUnsaved, _lane.LastSent));
    }

    [Fact]
    public void A_slice_names_the_one_before_it_as_long_as_that_is_not_saved()
    {
        Deliver(4, 9);
        Assert.Equal(9, Deliver(12).After);
        Assert.Equal(12, Deliver(15).After);
        _lane.EndFlush(_lane.BeginFlush());
        Assert.Equal(0, Deliver(20).After);
        Assert.Equal(20, Deliver(21).After);
    }

    [Fact]
    public void A_flush_asks_only_for_what_the_entity_said_it_has()
    {
        Deliver(4);
        Send(7);
        Assert.Equal(4, _lane.BeginFlush());
        _lane.EndFlush(4);
        Assert.Equal(7, _lane.FirstUnsaved);
        _lane.Acknowledge();
        Assert.Equal(7, _lane.BeginFlush());
        _lane.EndFlush(7);
        Assert.False(_lane.IsDirty);
    }

    [Fact]
    public void A_slice_sent_while_a_flush_is_under_way_stays_unsaved()
    {
        Deliver(4);
        var expected = _lane.BeginFlush();
        Send(7);
        _lane.Acknowledge();
        Deliver(8);
        _lane.EndFlush(expected);
        Assert.Equal((7L, true), (_lane.FirstUnsaved, _lane.IsDirty));
        Assert.Equal(8, Send(9).After);
    }

    [Fact]
    public void A_save_that_covers_more_than_was_asked_for_counts_as_far_as_it_goes()
    {
        Deliver(4);
        _lane.BeginFlush();
        Deliver(7);
        _lane.EndFlush(7);
        Assert.False(_lane.IsDirty);
        Assert.Equal(0, Send(9).After);
    }

    [Fact]
    public void A_flush_that_was_answered_does_not_vouch_for_the_next_one()
    {
        Deliver(4);
        _lane.BeginFlush();
        _lane.EndFlush(4);
        Deliver(7);
        _lane.BeginFlush();
        Deliver(8);
        _lane.EndFlush(7);
        Assert.Equal(8, _lane.FirstUnsaved);
    }

    [Fact]
    public void Whatever_the_schedule_what_is_not_called_unsaved_is_saved_and_nothing_is_folded_over_a_hole() =>
        Gen.Select(Gen.Enum<LaneStep>().Array[1, 60], Gen.Bool).Sample((steps, losses) =>
        {
            var simulation = new LaneSimulation();
            foreach (var step in steps.Where(step => losses || step != LaneStep.LoseActivation))
            {
                simulation.Do(step);
                simulation.AssertNothingIsLost();
                Assert.True(losses || !simulation.SawGap, "a gap was seen though nothing was lost");
                if (simulation.SawGap)
                {
                    // The partition would rewind; what it knows is thrown away.
                    return;
                }
            }
        }, iter: 20_000);

    [Fact]
    public void Without_losses_a_quiet_lane_is_clean_after_one_flush() =>
        Gen.Enum<LaneStep>().Array[1, 40].Sample(steps =>
        {
            var simulation = new LaneSimulation();
            foreach (var step in steps.Where(step => step != LaneStep.LoseActivation))
            {
                simulation.Do(step);
            }

            // What is under way ends; then comes the one flush.
            LaneStep[] flush = [LaneStep.SaveTaken, LaneStep.SaveDone, LaneStep.EndFlush];
            Array.ForEach([LaneStep.Apply, LaneStep.Acknowledge, .. flush, LaneStep.BeginFlush, .. flush], simulation.Do);
            Assert.False(simulation.Lane.IsDirty, "the entity has saved everything and the lane does not know it");
        }, iter: 2_000);

    private Slice Send(params long[] positions)
    {
        return _lane.Send(0, [.. positions.Select(position => new PositionedEvent(position, Event))]);
    }

    private Slice Deliver(params long[] positions)
    {
        var slice = Send(positions);
        _lane.Acknowledge();
        return slice;
    }
}
