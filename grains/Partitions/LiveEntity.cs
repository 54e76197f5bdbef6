using Microsoft.Extensions.Logging;
using Orleans.Core;
using Orleans.Storage;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// What an entity's activation holds: fold and positions, how slices change them and how they are saved. Slices and questions may come while a write is
/// under way; writes follow one another. Partitions on the same silo come straight from their own threads, everybody else through the grain: a lock
/// instead of the grain's scheduler keeps them apart, because a turn costs as much as folding fifty events.
/// </summary>
/// <typeparam name="TFold">What this kind of entity makes of its events.</typeparam>
internal sealed partial class LiveEntity<TFold> : ILocalEntity
    where TFold : class, IEntityFold
{
    private const string StateName = "entity";

    private readonly GrainId _id;
    private readonly IGrainStorage _storage;
    private readonly ILogger _logger;
    private readonly Action _onFenced;
    private readonly GrainState<EntityState<TFold>> _stored;
    private readonly AppliedPositions _durable = new();
    private Task _saving = Task.CompletedTask;

    // Whether who waits will be seen to: the task itself ends a moment after it has looked for the last time.
    private bool _isSaving;
    private FlushPromise? _waiting;
    private bool _dirty;
    private bool _fenced;
    private string? _damage;

    // Changed, like all of the above, only under the gate; but looked at without it where a late answer does no harm.
    private volatile bool _here;

    /// <summary>An entity around an empty fold; <see cref="ReadAsync"/> replaces it by the stored one.</summary>
    /// <param name="id">The entity's grain.</param>
    /// <param name="emptyFold">An empty fold.</param>
    /// <param name="storage">Where the entity is stored.</param>
    /// <param name="logger">Where trouble is told.</param>
    /// <param name="onFenced">Called when the entity cannot trust itself any more: its activation must go.</param>
    public LiveEntity(GrainId id, TFold emptyFold, IGrainStorage storage, ILogger logger, Action onFenced)
    {
        (_id, _storage, _logger, _onFenced) = (id, storage, logger, onFenced);
        _stored = new GrainState<EntityState<TFold>>(new EntityState<TFold>(emptyFold));
    }

    /// <inheritdoc/>
    public bool IsHere => _here;

    private EntityState<TFold> State => _stored.State!;

    // Held for as long as a slice is folded, a state encoded or a question answered, never while anything is waited for.
    private object Gate => _stored;

    /// <summary>Reads what is stored; from then on the entity takes slices.</summary>
    public async Task ReadAsync()
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

    private ValueTask<FlushAnswer> FlushUnderGate(int partition, long expected)
    {
        var decision = Decide(partition, expected);
        if (decision != FlushDecision.Write)
        {
            return new(AnswerTo(decision, partition));
        }

        // A write under way may already hold what is asked for; if not, the next one will.
        var promise = _waiting = new FlushPromise(partition, expected, _waiting);
        if (!_isSaving)
        {
            BeginSaving();
        }

        return new(promise.Task);
    }

    private FlushDecision Decide(int partition, long expected) =>
        _fenced || _damage is not null ? FlushDecision.Gap : EntityProtocol.OnFlush(State.Applied[partition], _durable[partition], expected);

    private FlushAnswer AnswerTo(FlushDecision decision, int partition) =>
        decision == FlushDecision.Gap ? FlushAnswer.Gap : new FlushAnswer(IsGap: false, _durable[partition]);

    private void BeginSaving()
    {
        _isSaving = true;
        _saving = SaveAsync(BeginWrite());
    }

    /// <summary>Slices may be applied while the write is under way; they are not part of it: the storage takes the bytes within the call.</summary>
    private (Task Done, AppliedPositions Saved) BeginWrite()
    {
        var saved = new AppliedPositions();
        saved.CopyFrom(State.Applied);
        _dirty = false;
        try
        {
            return (_storage.WriteStateAsync(StateName, _id, _stored), saved);
        }
        catch (Exception exception)
        {
            return (Task.FromException(exception), saved);
        }
    }

    /// <summary>Writes until nobody waits for more. What follows a write runs where the store answers: it only notes what is saved now.</summary>
    private async Task SaveAsync((Task Done, AppliedPositions Saved) first)
    {
        for (var write = ((Task Done, AppliedPositions Saved)?)first; write is { } current;)
        {
            Exception? failure = null;
            try
            {
                await current.Done.ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                failure = exception;
            }

            write = Conclude(current.Saved, failure);
        }
    }

    /// <summary>Answers those who waited for the write, and begins the next one if some wait for more.</summary>
    private (Task Done, AppliedPositions Saved)? Conclude(AppliedPositions saved, Exception? failure)
    {
        FlushPromise? answered = null;
        (Task Done, AppliedPositions Saved)? next = null;
        lock (Gate)
        {
            if (failure is null)
            {
                _durable.CopyFrom(saved);
            }
            else
            {
                // It may or may not have happened, so neither this state nor its ETag can be trusted any more.
                Fence();
                LogNotSaved(failure);
            }

            for (var promise = _waiting; promise is not null; promise = promise.Next)
            {
                var decision = Decide(promise.Partition, promise.Expected);
                promise.Answer = decision == FlushDecision.Write ? null : AnswerTo(decision, promise.Partition);
            }

            (_waiting, answered) = FlushPromise.Part(_waiting);
            _isSaving = _waiting is not null;
            if (_isSaving)
            {
                next = BeginWrite();
            }
        }

        FlushPromise.Keep(answered, failure is InconsistentStateException ? null : failure);
        return next;
    }

    private void LogNotSaved(Exception failure)
    {
        if (failure is InconsistentStateException)
        {
            LogLostOwnership(_id, failure);
        }
        else if (_waiting is null)
        {
            LogLastSaveFailed(_id, failure);
        }
    }

    private void Fence()
    {
        _fenced = true;
        _here = false;
        _onFenced();
    }
}
