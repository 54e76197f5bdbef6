using OrleansAnalytics.Events;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// What a partition knows of one entity: the events of the current chunk that wait for it, and the positions sent to it that are not known to be
/// saved. Pure bookkeeping.
/// </summary>
/// <param name="key">The entity.</param>
public sealed class EntityLane(EntityKey key)
{
    // As many as wait; half of all slices are of one event.
    private PositionedEvent[] _pending = [];
    private int _waiting;

    // The first position that the flush under way does not ask for; 0 if there is none.
    private long _firstAfterFlush;

    // The slice under way, of which nobody knows yet whether the entity has it; 0 if none is.
    private long _firstInFlight;
    private long _lastAcknowledged;

    /// <summary>The entity.</summary>
    public EntityKey Key => key;

    /// <summary>The entity's grain, once a channel has looked it up.</summary>
    public IEntityGrain? Grain { get; set; }

    /// <summary>The entity's activation on this silo, once a channel has looked it up; null if it has none here.</summary>
    public ILocalEntity? Local { get; set; }

    /// <summary>The table has forgotten the lane: what is to be sent to the entity now needs another one.</summary>
    public bool IsForgotten { get; set; }

    /// <summary>The first position sent that is not known to be saved; 0 if all is saved.</summary>
    public long FirstUnsaved { get; private set; }

    /// <summary>The last position sent; meaningful while <see cref="IsDirty"/>.</summary>
    public long LastSent { get; private set; }

    /// <summary>True if positions were sent that are not known to be saved.</summary>
    public bool IsDirty => FirstUnsaved != 0;

    /// <summary>True if events of the current chunk wait.</summary>
    public bool HasPending => _waiting > 0;

    /// <summary>Adds an event of the current chunk.</summary>
    public void Enqueue(long position, ShopEvent shopEvent)
    {
        if (_waiting == _pending.Length)
        {
            Array.Resize(ref _pending, Math.Max(1, _waiting * 2));
        }

        _pending[_waiting++] = new PositionedEvent(position, shopEvent);
    }

    /// <summary>Makes the waiting events a slice and counts them as sent.</summary>
    public Slice Send(int partition)
    {
        if (_waiting == 0)
        {
            throw new InvalidOperationException("nothing waits");
        }

        Array.Resize(ref _pending, _waiting);
        var slice = new Slice(partition, IsDirty ? LastSent : 0, _pending);
        (_pending, _waiting) = ([], 0);
        _firstInFlight = slice.Events[0].Position;
        FirstUnsaved = IsDirty ? FirstUnsaved : _firstInFlight;
        _firstAfterFlush = _firstAfterFlush == 0 ? _firstInFlight : _firstAfterFlush;
        LastSent = slice.Through;
        return slice;
    }

    /// <summary>The entity has applied the slice sent last.</summary>
    public void Acknowledge()
    {
        _lastAcknowledged = LastSent;
        _firstInFlight = 0;
    }

    /// <summary>Begins a flush: the last position that the entity is known to have applied. A slice under way may arrive after the flush, so it is not asked for.</summary>
    public long BeginFlush()
    {
        _firstAfterFlush = _firstInFlight;
        return _lastAcknowledged;
    }

    /// <summary>Takes the answer to a flush: everything up to <paramref name="durable"/>, which is at least what was asked for, is saved.</summary>
    public void EndFlush(long durable) => FirstUnsaved = durable >= LastSent ? 0 : _firstAfterFlush;
}
