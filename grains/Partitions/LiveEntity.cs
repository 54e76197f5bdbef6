using Microsoft.Extensions.Logging;
using Orleans.Storage;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// An entity's state on this silo: fold and positions, how slices change them and how they are saved. Slices and questions may come while a write is
/// under way; writes follow one another. Partitions on the same silo come straight from their own threads, everybody else through the grain: a lock
/// instead of the grain's scheduler keeps them apart, because a turn costs as much as folding fifty events.
/// </summary>
/// <typeparam name="TFold">What this kind of entity makes of its events.</typeparam>
internal sealed partial class LiveEntity<TFold> : LocalEntity, IWriteObserver
    where TFold : EntityFold
{
    private const string StateName = "entity";

    private readonly EntityKey _key;
    private readonly GrainId _id;
    private readonly IGrainStorage _storage;
    private readonly ILogger _logger;
    private readonly EntityState<TFold> _state;
    private Action<EntityKey, LocalEntity> _onFenced;
    private Task? _reading;
    private bool _isSaving;

    // Somebody waits until nothing is being saved: only who closes the entity, or asks it beside a twin.
    private TaskCompletionSource? _saved;
    private FlushRequest? _waiting;
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
    public LiveEntity(EntityKey key, GrainId id, TFold emptyFold, IGrainStorage storage, ILogger logger, Action<EntityKey, LocalEntity> onFenced)
    {
        (_key, _id, _storage, _logger, _onFenced) = (key, id, storage, logger, onFenced);
        _state = new EntityState<TFold>(emptyFold);
    }

    /// <inheritdoc/>
    public override bool IsHere => _here;

    // Held for as long as a slice is folded, a state encoded or a question answered, never while anything is waited for.
    private object Gate => _state;

    /// <inheritdoc/>
    public override Task ReadAsync()
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
    public bool TryAttach(Action<EntityKey, LocalEntity> onFenced)
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
    public override void Detach(Action<EntityKey, LocalEntity> onFenced)
    {
        lock (Gate)
        {
            (_attached, _onFenced) = (_attached - 1, onFenced);
        }
    }

    /// <inheritdoc/>
    public override bool TryRetire(int idleLooks, bool alsoUnsaved = false)
    {
        lock (Gate)
        {
            if (!_here)
            {
                return false;
            }

            var isUnused = (_state.Fold.IsEmpty && _damage is null) || _idleLooks >= idleLooks;
            _idleLooks++;
            if (_attached > 0 || (_dirty && !alsoUnsaved) || _isSaving || !isUnused)
            {
                return false;
            }

            _here = false;
            if (!_dirty)
            {
                // Whoever may still call it is told that events are missing, as there is nothing any more to count them in.
                _fenced = true;
                _state.LetGo();
            }

            return true;
        }
    }

    /// <summary>Takes no more slices from the silo's partitions, and saves what is not saved. A save that fails is only told: nothing depends on it.</summary>
    public override async Task CloseAsync()
    {
        Task saving;
        lock (Gate)
        {
            _here = false;
            saving = SavedAsync();
        }

        await saving;
        lock (Gate)
        {
            if (_dirty && !_fenced && !_isSaving)
            {
                BeginSaving();
            }

            saving = SavedAsync();
        }

        await saving;
    }

    /// <summary>See <see cref="IEntityGrain.ApplyAsync"/>.</summary>
    public SliceAnswer Apply(Slice slice)
    {
        lock (Gate)
        {
            return ApplyUnderGate(slice.Partition, slice.After, slice.Span());
        }
    }

    /// <inheritdoc/>
    public override bool TryApply(int partition, long after, ReadOnlySpan<PositionedEvent> events, out SliceAnswer answer)
    {
        lock (Gate)
        {
            var here = _here;
            answer = here ? ApplyUnderGate(partition, after, events) : default;
            return here;
        }
    }

    /// <inheritdoc/>
    public override void Fetch(int step)
    {
        switch (step)
        {
            case 0:
                Ahead.Fetch(_state);
                break;
            case 1:
                Ahead.Fetch(_state.Fold, 3);
                break;
            default:
                // It may be gone.
                _state.Fold?.Fetch(step - 2);
                break;
        }
    }

    private async Task ReadOnceAsync()
    {
        try
        {
            await _storage.ReadStateAsync(StateName, _id, _state);
        }
        catch (DamagedFormatException exception)
        {
            // To start afresh would look like an entity without a past; to fail here would keep its partition from everyone else's events.
            _damage = $"the stored state of {_id} cannot be read: {exception.Message}";
            LogDamaged(_id, exception);
        }

        _here = true;
    }

    private SliceAnswer ApplyUnderGate(int partition, long after, ReadOnlySpan<PositionedEvent> events)
    {
        if (_damage is not null)
        {
            return after > 0 ? SliceAnswer.Gap : new SliceAnswer(SliceOutcome.Damaged, Detail: _damage);
        }

        var applied = _state.Applied[partition];
        if (_fenced || EntityProtocol.IsGap(applied, after))
        {
            return SliceAnswer.Gap;
        }

        _idleLooks = 0;
        for (var i = EntityProtocol.FirstNew(applied, events); i < events.Length; i++)
        {
            var (position, shopEvent) = events[i];
            try
            {
                _state.Fold.Fold(shopEvent, position);
                _dirty = true;
            }
            catch (Exception exception)
            {
                // The fold may be half changed: forget it and start afresh from storage; the partition sees to the rest.
                Fence();
                LogPoison(_id, partition, position, exception);
                return new SliceAnswer(SliceOutcome.Poison, position, exception.Message);
            }
        }

        _state.Applied.Raise(partition, events[^1].Position);
        return SliceAnswer.Applied;
    }

    private void Fence()
    {
        _fenced = true;
        _here = false;
        _onFenced(_key, this);
    }
}
