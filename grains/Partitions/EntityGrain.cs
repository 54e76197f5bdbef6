using Microsoft.Extensions.Logging;
using Orleans.Core;
using Orleans.Storage;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// The shell of every entity: applies slices to a pure fold and saves positions and fold together. Slices and queries are synchronous and may
/// interleave with a flush that waits for its write; writes follow one another. Slices and flushes come as grain calls or, on the same silo, as turns.
/// </summary>
/// <typeparam name="TFold">What this kind of entity makes of its events.</typeparam>
public abstract partial class EntityGrain<TFold> : Grain, IEntityGrain, ILocalEntity
    where TFold : class, IEntityFold
{
    private const string StateName = "entity";

    private readonly IGrainStorage _storage;
    private readonly LocalEntities _local;
    private readonly ILogger _logger;
    private readonly GrainState<EntityState<TFold>> _stored;
    private readonly AppliedPositions _durable = new();
    private EntityKey _key;
    private Task<bool> _saving = Task.FromResult(true);
    private bool _dirty;
    private bool _fenced;
    private string? _damage;
    private volatile bool _here;

    /// <summary>Creates the shell around an empty fold; activation replaces it by the stored one.</summary>
    protected EntityGrain(TFold emptyFold, IGrainStorage storage, LocalEntities local, ILogger logger)
    {
        _storage = storage;
        _local = local;
        _logger = logger;
        _stored = new GrainState<EntityState<TFold>>(new EntityState<TFold>(emptyFold));
    }

    /// <summary>The fold of all events applied so far.</summary>
    /// <exception cref="DamagedFormatException">The stored state could not be read.</exception>
    protected TFold Fold => _damage is null ? State.Fold : throw new DamagedFormatException(_damage);

    private EntityState<TFold> State => _stored.State!;

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _storage.ReadStateAsync(StateName, this.GetGrainId(), _stored);
        }
        catch (DamagedFormatException exception)
        {
            // To start afresh would look like an entity without a past; to fail here would keep its partition from everyone else's events.
            _damage = $"the stored state of {this.GetGrainId()} cannot be read: {exception.Message}";
            LogDamaged(this.GetGrainId(), exception);
        }

        _durable.CopyFrom(State.Applied);
        _key = EntityKey.Of(this.GetGrainId());
        _here = true;
        _local.Add(_key, this);
    }

    /// <inheritdoc/>
    public bool IsHere => _here;

    /// <inheritdoc/>
    public void Enqueue(Action<object> turn, object state) => GrainContext.Scheduler.QueueAction(turn, state);

    /// <inheritdoc/>
    public ValueTask<SliceAnswer> ApplyAsync(Slice slice) => new(Apply(slice));

    /// <inheritdoc/>
    public SliceAnswer Apply(Slice slice)
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

        for (var i = EntityProtocol.FirstNew(applied, slice); i < slice.Events.Count; i++)
        {
            var (position, shopEvent) = slice.Events[i];
            try
            {
                State.Fold.Fold(shopEvent, position);
                _dirty = true;
            }
            catch (Exception exception)
            {
                // The fold may be half changed: forget it and start afresh from storage; the partition sees to the rest.
                Fence();
                LogPoison(this.GetGrainId(), slice.Partition, position, exception);
                return new SliceAnswer(SliceOutcome.Poison, position, exception.Message);
            }
        }

        State.Applied.Raise(slice.Partition, slice.Through);
        return SliceAnswer.Applied;
    }

    /// <inheritdoc/>
    public ValueTask<FlushAnswer> FlushAsync(int partition, long expected) => Decide(partition, expected) switch
    {
        FlushDecision.Gap => new(FlushAnswer.Gap),
        FlushDecision.AlreadySaved => new(Durable(partition)),
        _ => SaveAsync(partition, expected),
    };

    private async ValueTask<FlushAnswer> SaveAsync(int partition, long expected)
    {
        while (Decide(partition, expected) == FlushDecision.Write)
        {
            // A write under way may already hold what is asked for; if not, the next one will.
            _saving = _saving.IsCompleted ? TrySaveAsync() : _saving;
            if (!await _saving)
            {
                return FlushAnswer.Gap;
            }
        }

        return Decide(partition, expected) == FlushDecision.Gap ? FlushAnswer.Gap : Durable(partition);
    }

    private FlushDecision Decide(int partition, long expected) =>
        _fenced || _damage is not null ? FlushDecision.Gap : EntityProtocol.OnFlush(State.Applied[partition], _durable[partition], expected);

    private FlushAnswer Durable(int partition) => new(IsGap: false, _durable[partition]);

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _here = false;
        _local.Remove(_key, this);
        try
        {
            await _saving;
            if (_dirty && !_fenced)
            {
                await TrySaveAsync();
            }
        }
        catch (Exception exception)
        {
            // Nothing depends on this save: the partition still holds the entity as unsaved, sees a gap and replays.
            LogLastSaveFailed(this.GetGrainId(), exception);
        }
    }

    /// <summary>False if another activation has written the state since this one read it.</summary>
    private async Task<bool> TrySaveAsync()
    {
        // Slices may be applied while the write is under way; they are not part of it. The storage takes the bytes within the call.
        var saved = new AppliedPositions();
        saved.CopyFrom(State.Applied);
        _dirty = false;
        try
        {
            await _storage.WriteStateAsync(StateName, this.GetGrainId(), _stored);
        }
        catch (InconsistentStateException exception)
        {
            Fence();
            LogLostOwnership(this.GetGrainId(), exception);
            return false;
        }
        catch
        {
            // The write may or may not have happened, so neither this state nor its ETag can be trusted any more.
            Fence();
            throw;
        }

        _durable.CopyFrom(saved);
        return true;
    }

    private void Fence()
    {
        _fenced = true;
        _here = false;
        _local.Remove(_key, this);
        DeactivateOnIdle();
    }
}
