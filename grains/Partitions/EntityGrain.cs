using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// The shell of every entity: takes questions, and from other silos and partitions that find no state of it on their own silo also slices. The state is a
/// <see cref="LiveEntity{TFold}"/>: the one that partitions of this silo update already, or a new one that they find from now on.
/// </summary>
/// <typeparam name="TFold">What this kind of entity makes of its events.</typeparam>
public abstract class EntityGrain<TFold> : Grain, IEntityGrain, IAsyncDisposable
    where TFold : EntityFold
{
    private readonly EntityMaker<TFold> _maker;
    private readonly LocalEntities _local;
    private readonly EntityKey _key;
    private LiveEntity<TFold>? _entity;
    private bool _isGoing;
    private bool _hasLeft;

    /// <summary>Creates the shell; activation finds or reads the state.</summary>
    protected EntityGrain(EntityMaker<TFold> maker, LocalEntities local)
    {
        (_maker, _local) = (maker, local);
        _key = EntityKey.Of(GrainContext.GrainId);
    }

    private LiveEntity<TFold> Entity => _entity ?? throw new InvalidOperationException($"{_key} is not active");

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await EnterAsync();
        if (_isGoing)
        {
            // Orleans has given up waiting for this.
            await LeaveAsync();
        }
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => LeaveAsync();

    /// <summary>The only sign of its end that an activation gets if it is told to go while it comes up.</summary>
    public async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    public ValueTask<SliceAnswer> ApplyAsync(Slice slice) => new(Entity.Apply(slice));

    /// <inheritdoc/>
    public ValueTask<FlushAnswer> FlushAsync(int partition, long expected) => Entity.FlushAsync(partition, expected);

    /// <summary>
    /// Asks the fold of all events applied so far, and at least of all that were committed before the question. The answer must not share anything that later
    /// events change.
    /// </summary>
    /// <exception cref="DamagedFormatException">The stored state could not be read.</exception>
    protected ValueTask<TAnswer> AskAsync<TAnswer>(Func<TFold, TAnswer> question)
    {
        return _local.MayHaveTwins ? Entity.AskBesideTwinsAsync(Asked) : new(Entity.Ask(Asked));

        TAnswer Asked(TFold fold)
        {
            if (fold.IsEmpty)
            {
                // A question about somebody unknown must not leave an activation behind.
                Go("there is no such entity");
            }

            return question(fold);
        }
    }

    private async Task EnterAsync()
    {
        while (_local.Holds(_key.Kind))
        {
            var held = (LiveEntity<TFold>)await _local.HoldAsync(_key);
            if (held.TryAttach(OnFenced))
            {
                _entity = held;
                return;
            }
        }

        var entity = _maker.MakeLive(_key, OnFenced);
        await entity.ReadAsync();
        entity.TryAttach(OnFenced);
        _local.Add(_key, entity);
        _entity = entity;
    }

    private Task LeaveAsync()
    {
        _isGoing = true;
        if (_entity is null || _hasLeft)
        {
            return Task.CompletedTask;
        }

        _hasLeft = true;
        if (_local.Holds(_key.Kind))
        {
            _local.Release(_key, _entity);
            return Task.CompletedTask;
        }

        _local.Remove(_key, _entity);
        return _entity.CloseAsync();
    }

    private void OnFenced(EntityKey key, LocalEntity entity)
    {
        _local.Remove(key, entity);
        Go("the entity cannot trust its state any more");
    }

    /// <summary>Not <c>DeactivateOnIdle</c>: that throws if the activation is gone already, and who waits for a save that failed would never hear of it.</summary>
    private void Go(string why) => GrainContext.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, why));
}
