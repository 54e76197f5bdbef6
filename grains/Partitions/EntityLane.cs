namespace OrleansAnalytics.Partitions;

/// <summary>
/// What a partition knows of one entity: the events of the current chunk that wait for it, and the positions sent to it that are not known to be
/// saved. Pure bookkeeping. It is the flush of its entity as well, as flushes of one partition follow one another and there are as many lanes as entities.
/// </summary>
/// <param name="key">The entity.</param>
public sealed class EntityLane(EntityKey key) : FlushRequest
{
    // The first position that the flush under way does not ask for; 0 if there is none.
    private long _firstAfterFlush;

    // The slice under way, of which nobody knows yet whether the entity has it; 0 if none is.
    private long _firstInFlight;
    private long _lastAcknowledged;
    private FlushGroup? _group;
    private Distant? _distant;

    /// <summary>The entity.</summary>
    public EntityKey Key => key;

    /// <summary>The entity's grain, once a channel has looked it up.</summary>
    public IEntityGrain? Grain
    {
        get => _distant?.Grain;
        set => (_distant ??= new Distant()).Grain = value;
    }

    /// <summary>The entity's activation on this silo, once a channel has looked it up; null if it has none here.</summary>
    public LocalEntity? Local { get; set; }

    /// <summary>Where the entity is at home, as <see cref="Placement.Homes"/> last said.</summary>
    internal (Placement.Homes Of, int Silo)? Home
    {
        get => _distant?.Home;
        set => (_distant ??= new Distant()).Home = value;
    }

    /// <summary>The table has forgotten the lane: what is to be sent to the entity now needs another one.</summary>
    public bool IsForgotten { get; set; }

    /// <summary>The table has forgotten the lane because all was saved: nothing is under way that could still refer to it.</summary>
    internal bool MayReturn { get; set; }

    /// <summary>The first position sent that is not known to be saved; 0 if all is saved.</summary>
    public long FirstUnsaved { get; private set; }

    /// <summary>The last position sent; meaningful while <see cref="IsDirty"/>.</summary>
    public long LastSent { get; private set; }

    /// <summary>True if positions were sent that are not known to be saved.</summary>
    public bool IsDirty => FirstUnsaved != 0;

    /// <summary>True if events of the current chunk wait.</summary>
    public bool HasPending => Waiting > 0;

    /// <summary>How many events of the current chunk wait; <see cref="WaitingEvents"/> has them.</summary>
    internal int Waiting { get; set; }

    /// <summary>Where <see cref="WaitingEvents"/> has the first of them.</summary>
    internal int FirstWaiting { get; set; }

    /// <summary>Where it has the last.</summary>
    internal int LastWaiting { get; set; }

    /// <summary>What the entity said to the flush; meaningful once the channel has completed.</summary>
    public FlushAnswer Answer
    {
        get => Said ?? default;
        set => Said = value;
    }

    /// <summary>Counts a slice as sent.</summary>
    /// <param name="first">The position of its first event.</param>
    /// <param name="through">The position of its last event.</param>
    /// <returns>The slice's <see cref="Slice.After"/>.</returns>
    public long Send(long first, long through)
    {
        var after = IsDirty ? LastSent : 0;
        _firstInFlight = first;
        FirstUnsaved = IsDirty ? FirstUnsaved : first;
        _firstAfterFlush = _firstAfterFlush == 0 ? first : _firstAfterFlush;
        LastSent = through;
        return after;
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

    /// <summary>Begins a flush, which asks for what <see cref="BeginFlush()"/> says.</summary>
    /// <param name="partition">The asking partition.</param>
    public void BeginFlush(int partition) => Ask(partition, BeginFlush());

    /// <summary>Makes the flush part of a group that waits for it.</summary>
    internal void Join(FlushGroup group) => _group = group;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">It has its answer already: a second one would be counted in a group that it is not in.</exception>
    internal override void Complete(Exception? failure)
    {
        var group = Interlocked.Exchange(ref _group, null) ?? throw new InvalidOperationException($"the flush of {key} is answered already");
        group.Complete(failure);
    }

    /// <summary>Makes a lane that was forgotten clean one of the table again, as if it were new; where its entity is stays known.</summary>
    internal void Return()
    {
        (_firstAfterFlush, _firstInFlight, _lastAcknowledged) = (0, 0, 0);
        (FirstUnsaved, LastSent) = (0, 0);
        (IsForgotten, MayReturn) = (false, false);
    }

    /// <summary>Takes the answer to a flush: everything up to <paramref name="durable"/>, which is at least what was asked for, is saved.</summary>
    public void EndFlush(long durable) => FirstUnsaved = durable >= LastSent ? 0 : _firstAfterFlush;

    /// <summary>What is known of the way to an entity that other silos may have: with one silo there is none of these.</summary>
    private sealed class Distant
    {
        public IEntityGrain? Grain;
        public (Placement.Homes Of, int Silo)? Home;
    }
}
