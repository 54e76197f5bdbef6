using OrleansAnalytics.Events;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// The accepted events of a chunk, and for each lane which of them wait there: a linked list of numbers for each lane, all lists in one array. Nothing is
/// allocated for an event that waits, nor for a slice that is taken. Not safe for concurrent use.
/// </summary>
public sealed class WaitingEvents
{
    private const int EventsFetched = 8;

    private PositionedEvent[] _events = [];
    private (int Event, int Next)[] _links = [];
    private PositionedEvent[] _slice = [];
    private int _eventCount;
    private int _linkCount;

    /// <summary>Adds an event; positions increase from call to call.</summary>
    public void Add(long position, ShopEvent shopEvent)
    {
        if (_eventCount == _events.Length)
        {
            Array.Resize(ref _events, Math.Max(256, _eventCount * 2));
        }

        _events[_eventCount++] = new PositionedEvent(position, shopEvent);
    }

    /// <summary>Lets the event added last wait for the lane's entity.</summary>
    public void Wait(EntityLane lane)
    {
        if (_linkCount == _links.Length)
        {
            Array.Resize(ref _links, Math.Max(1024, _linkCount * 2));
        }

        _links[_linkCount] = (_eventCount - 1, 0);
        if (lane.Waiting++ == 0)
        {
            lane.FirstWaiting = _linkCount;
        }
        else
        {
            _links[lane.LastWaiting].Next = _linkCount;
        }

        lane.LastWaiting = _linkCount++;
    }

    /// <summary>For who takes the events of one lane after the other: fetches those of lanes further on (see <see cref="Ahead"/>).</summary>
    /// <param name="lanes">The lane that is used now, and those that follow.</param>
    public void FetchAhead(ReadOnlySpan<EntityLane> lanes)
    {
        if (Ahead.IsSupported && lanes.Length > 2 * Ahead.Stride)
        {
            Fetch(lanes[2 * Ahead.Stride], static one => Ahead.Fetch(one));
            Fetch(lanes[Ahead.Stride], static one => Ahead.Fetch(one.ProductId, lines: 1));
        }
    }

    /// <summary>Takes what waits for the lane's entity; valid until the next call.</summary>
    public ReadOnlySpan<PositionedEvent> Take(EntityLane lane)
    {
        var count = lane.Waiting;
        if (count == 1)
        {
            // Half of all slices are of one event.
            lane.Waiting = 0;
            return _events.AsSpan(_links[lane.FirstWaiting].Event, 1);
        }

        if (count > _slice.Length)
        {
            _slice = new PositionedEvent[Math.Max(count, _slice.Length * 2)];
        }

        var slice = _slice.AsSpan(0, count);
        var link = lane.FirstWaiting;
        for (var i = 0; i < slice.Length; i++)
        {
            (var index, link) = _links[link];
            slice[i] = _events[index];
        }

        lane.Waiting = 0;
        return slice;
    }

    private void Fetch(EntityLane lane, Action<ShopEvent> fetch)
    {
        var link = lane.FirstWaiting;
        for (var left = Math.Min(lane.Waiting, EventsFetched); left > 0; left--)
        {
            (var index, link) = _links[link];
            fetch(_events[index].Event);
        }
    }

    /// <summary>Forgets the chunk. Lanes where events still wait must not be used any more.</summary>
    public void Clear()
    {
        Array.Clear(_events, 0, _eventCount);
        Array.Clear(_slice);
        (_eventCount, _linkCount) = (0, 0);
    }
}
