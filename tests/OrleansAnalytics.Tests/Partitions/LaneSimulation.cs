using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

/// <summary>What can happen next between a partition and one entity; a step that is not possible now does nothing.</summary>
internal enum LaneStep
{
    /// <summary>The partition sends the next events.</summary>
    Send,

    /// <summary>The slice arrives.</summary>
    Apply,

    /// <summary>Its answer arrives.</summary>
    Acknowledge,

    /// <summary>The partition asks for a save.</summary>
    BeginFlush,

    /// <summary>The request arrives and the entity takes the bytes.</summary>
    SaveTaken,

    /// <summary>The bytes are written.</summary>
    SaveDone,

    /// <summary>The answer to the flush arrives.</summary>
    EndFlush,

    /// <summary>The activation vanishes with all that is not written.</summary>
    LoseActivation,
}

/// <summary>One lane, one entity and its storage, moved step by step: every interleaving of slices, saves and losses is a list of steps.</summary>
internal sealed class LaneSimulation
{
    private static readonly ShopEvent Event = new() { Id = default, TimeMs = 1, Kind = EventKind.View, UserId = "u", ProductId = "p" };

    private readonly List<long> _sent = [];
    private List<long> _folded = [];
    private List<long> _saved = [];
    private long _durable;
    private long _applied;
    private Slice? _slice;
    private bool _sliceApplied;
    private long? _asked;
    private (long Applied, List<long> Events)? _writing;
    private long? _flushed;

    public EntityLane Lane { get; } = new(new EntityKey(EntityKind.Product, "p"));

    /// <summary>True once the entity has said that it lacks events.</summary>
    public bool SawGap { get; private set; }

    public void Do(LaneStep step)
    {
        switch (step)
        {
            case LaneStep.Send when _slice is null:
                Send();
                break;
            case LaneStep.Apply when _slice is { } slice && !_sliceApplied:
                Apply(slice);
                break;
            case LaneStep.Acknowledge when _sliceApplied:
                Lane.Acknowledge();
                (_slice, _sliceApplied) = (null, false);
                break;
            case LaneStep.BeginFlush when Lane.IsDirty && _asked is null:
                _asked = Lane.BeginFlush();
                break;
            case LaneStep.SaveTaken when _asked is { } expected && _writing is null && _flushed is null:
                TakeSave(expected);
                break;
            case LaneStep.SaveDone when _writing is { } writing:
                (_durable, _saved, _flushed, _writing) = (writing.Applied, writing.Events, writing.Applied, null);
                break;
            case LaneStep.EndFlush when _flushed is { } durable:
                Lane.EndFlush(durable);
                (_asked, _flushed) = (null, null);
                break;
            case LaneStep.LoseActivation:
                // A write under way is lost with it; its caller sees a failure, which here is the gap of the next request.
                (_applied, _folded, _writing) = (_durable, [.. _saved], null);
                break;
        }
    }

    /// <summary>The commit rule and exactly once: every position before the first unsaved one is saved, and both states are the beginning of what was sent.</summary>
    public void AssertNothingIsLost()
    {
        Assert.Equal(_sent.Take(_folded.Count), _folded);
        Assert.Equal(_sent.Take(_saved.Count), _saved);
        var calledSaved = _sent.Where(position => !Lane.IsDirty || position < Lane.FirstUnsaved);
        Assert.Empty(calledSaved.Except(_saved));
    }

    private void Send()
    {
        var next = _sent.Count == 0 ? 1 : _sent[^1] + 2;
        // One or two events, so that a slice is more than its last position.
        PositionedEvent[] events = [.. Enumerable.Range(0, 1 + (_sent.Count % 2)).Select(i => new PositionedEvent(next + i, Event))];
        _sent.AddRange(events.Select(one => one.Position));
        _slice = Lane.Send(0, events);
    }

    private void Apply(Slice slice)
    {
        if (EntityProtocol.IsGap(_applied, slice.After))
        {
            SawGap = true;
            return;
        }

        _folded.AddRange(slice.Events.Skip(EntityProtocol.FirstNew(_applied, slice.Span())).Select(one => one.Position));
        _applied = Math.Max(_applied, slice.Through);
        _sliceApplied = true;
    }

    private void TakeSave(long expected)
    {
        switch (EntityProtocol.OnFlush(_applied, _durable, expected))
        {
            case FlushDecision.Gap:
                SawGap = true;
                break;
            case FlushDecision.AlreadySaved:
                _flushed = _durable;
                break;
            case FlushDecision.Write:
                _writing = (_applied, [.. _folded]);
                break;
        }
    }
}
