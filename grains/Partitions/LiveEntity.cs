using Microsoft.Extensions.Logging;
using Orleans.Core;
using Orleans.Storage;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// An entity's state on this silo: fold and positions, how slices change them and how they are saved. Slices and questions may come while a write is
/// under way; writes follow one another. Partitions on the same silo come straight from their own threads, everybody else through the grain: a lock
/// instead of the grain's scheduler keeps them apart, because a turn costs as much as folding fifty events.
/// </summary>
/// <typeparam name="TFold">What this kind of entity makes of its events.</typeparam>
internal sealed partial class LiveEntity<TFold> : ILocalEntity
    where TFold : class, IEntityFold
{
    private const string StateName = "entity";

    private readonly EntityKey _key;
    private readonly GrainId _id;
    private readonly IGrainStorage _storage;
    private readonly ILogger _logger;
    private readonly GrainState<EntityState<TFold>> _stored;
    private readonly AppliedPositions _durable = new();
    private Action<EntityKey, ILocalEntity> _onFenced;
    private Task? _reading;
    private Task _saving = Task.CompletedTask;

    // Whether who waits will be seen to: the task itself ends a moment after it has looked for the last time.
    private bool _isSaving;
    private FlushPromise? _waiting;
    private bool _dirty;
    private bool _fenced;
    private string? _damage;

    // Activations that answer for it.
    private int _attached;
    private int _idleLooks;

    // Changed, like all of the above, only under the gate; but looked at without it where a late answer does no harm.
    private volatile bool _here;

    /// <summary>An entity around an empty fold; <see cref="ReadAsync"/> replaces it by the stored one.</summary>
    /// <param name="key">The entity.</param>
    /// <param name="id">Its grain.</param>
    /// <param name="emptyFold">An empty fold.</param>
    /// <param name="storage">Where the entity is stored.</param>
    /// <param name="logger">Where trouble is told.</param>
    /// <param name="onFenced">Called under the lock when the entity cannot trust itself any more.</param>
    public LiveEntity(EntityKey key, GrainId id, TFold emptyFold, IGrainStorage storage, ILogger logger, Action<EntityKey, ILocalEntity> onFenced)
    {
        (_key, _id, _storage, _logger, _onFenced) = (key, id, storage, logger, onFenced);
        _stored = new GrainState<EntityState<TFold>>(new EntityState<TFold>(emptyFold));
    }

    /// <inheritdoc/>
    public bool IsHere => _here;

    private EntityState<TFold> State => _stored.State!;

    // Held for as long as a slice is folded, a state encoded or a question answered, never while anything is waited for.
    private object Gate => _stored;

    /// <inheritdoc/>
    public Task ReadAsync()
    {
        if (_here)
        {
            return Task.CompletedTask;
        }

        lock (Gate)
        {
            return _reading ??= ReadOnceAsync();
        }
    }

    /// <summary>Makes an activation answer for the entity, which from then on goes only with it; false if the entity is not here.</summary>
    /// <param name="onFenced">Called under the lock when the entity cannot trust itself any more.</param>
    public bool TryAttach(Action<EntityKey, ILocalEntity> onFenced)
    {
        lock (Gate)
        {
            if (_here)
            {
                (_attached, _onFenced) = (_attached + 1, onFenced);
            }

            return _here;
        }
    }

    /// <inheritdoc/>
    public void Detach(Action<EntityKey, ILocalEntity> onFenced)
    {
        lock (Gate)
        {
            (_attached, _onFenced) = (_attached - 1, onFenced);
        }
    }

    /// <inheritdoc/>
    public bool TryRetire(int idleLooks)
    {
        lock (Gate)
        {
            var isUnused = (State.Fold.IsEmpty && _damage is null) || _idleLooks >= idleLooks;
            _idleLooks++;
            if (!_here || _attached > 0 || _dirty || _isSaving || !isUnused)
            {
                return false;
            }

            _here = false;
            return true;
        }
    }

    /// <summary>Takes no more slices from the silo's partitions, and saves what is not saved. A save that fails is only told: nothing depends on it.</summary>
    public async Task CloseAsync()
    {
        Task saving;
        lock (Gate)
        {
            _here = false;
            saving = _saving;
        }

        await saving;
        lock (Gate)
        {
            if (_dirty && !_fenced && !_isSaving)
            {
                BeginSaving();
            }

            saving = _saving;
        }

        await saving;
    }

    /// <summary>See <see cref="IEntityGrain.ApplyAsync"/>.</summary>
    public SliceAnswer Apply(Slice slice)
    {
        lock (Gate)
        {
            return ApplyUnderGate(slice);
        }
    }

    /// <inheritdoc/>
    public bool TryApply(Slice slice, out SliceAnswer answer)
    {
        lock (Gate)
        {
            var here = _here;
            answer = here ? ApplyUnderGate(slice) : default;
            return here;
        }
    }

    /// <summary>See <see cref="IEntityGrain.FlushAsync"/>.</summary>
    public ValueTask<FlushAnswer> FlushAsync(int partition, long expected)
    {
        lock (Gate)
        {
            return FlushUnderGate(partition, expected);
        }
    }

    /// <inheritdoc/>
    public bool TryFlush(int partition, long expected, out ValueTask<FlushAnswer> answer)
    {
        lock (Gate)
        {
            var here = _here;
            answer = here ? FlushUnderGate(partition, expected) : default;
            return here;
        }
    }

    private async Task ReadOnceAsync()
    {
        try
        {
            await _storage.ReadStateAsync(StateName, _id, _stored);
        }
        catch (DamagedFormatException exception)
        {
            // To start afresh would look like an entity without a past; to fail here would keep its partition from everyone else's events.
            _damage = $"the stored state of {_id} cannot be read: {exception.Message}";
            LogDamaged(_id, exception);
        }

        _durable.CopyFrom(State.Applied);
        _here = true;
    }

    private SliceAnswer ApplyUnderGate(Slice slice)
    {
        if (_damage is not null)
        {
            return slice.After > 0 ? SliceAnswer.Gap : new SliceAnswer(SliceOutcome.Damaged, Detail: _damage);
        }

        var applied = State.Applied[slice.Partition];
        if (_fenced || EntityProtocol.IsGap(applied, slice))
        {
            return SliceAnswer.Gap;
        }

        _idleLooks = 0;
        var events = slice.Events as PositionedEvent[] ?? [.. slice.Events];
        for (var i = EntityProtocol.FirstNew(applied, events); i < events.Length; i++)
        {
            var (position, shopEvent) = events[i];
            try
            {
                State.Fold.Fold(shopEvent, position);
                _dirty = true;
            }
            catch (Exception exception)
            {
                // The fold may be half changed: forget it and start afresh from storage; the partition sees to the rest.
                Fence();
                LogPoison(_id, slice.Partition, position, exception);
                return new SliceAnswer(SliceOutcome.Poison, position, exception.Message);
            }
        }

        State.Applied.Raise(slice.Partition, slice.Through);
        return SliceAnswer.Applied;
    }

    private void Fence()
    {
        _fenced = true;
        _here = false;
        _onFenced(_key, this);
    }
}
