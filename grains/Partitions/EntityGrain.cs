using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// The shell of every entity: takes questions, and from other silos and partitions that find no state of it on their own silo also slices. The state is a
/// <see cref="LiveEntity{TFold}"/>: the one that partitions of this silo update already, or a new one that they find from now on.
/// </summary>
/// <typeparam name="TFold">What this kind of entity makes of its events.</typeparam>
public abstract class EntityGrain<TFold> : Grain, IEntityGrain
    where TFold : class, IEntityFold
{
    private readonly EntityMaker<TFold> _maker;
    private readonly LocalEntities _local;
    private readonly EntityKey _key;
    private LiveEntity<TFold> _entity = null!;

    /// <summary>Creates the shell; activation finds or reads the state.</summary>
    protected EntityGrain(EntityMaker<TFold> maker, LocalEntities local)
    {
        (_maker, _local) = (maker, local);
        _key = EntityKey.Of(GrainContext.GrainId);
    }

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        while (_local.Holds(_key.Kind))
        {
            _entity = (LiveEntity<TFold>)await _local.HoldAsync(_key);
            if (_entity.TryAttach(OnFenced))
            {
                return;
            }
        }

        _entity = _maker.MakeLive(_key, OnFenced);
        await _entity.ReadAsync();
        _local.Add(_key, _entity);
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_local.Holds(_key.Kind))
        {
            _local.Release(_key, _entity);
            return Task.CompletedTask;
        }

        _local.Remove(_key, _entity);
        return _entity.CloseAsync();
    }

    /// <inheritdoc/>
    public ValueTask<SliceAnswer> ApplyAsync(Slice slice) => new(_entity.Apply(slice));

    /// <inheritdoc/>
    public ValueTask<FlushAnswer> FlushAsync(int partition, long expected) => _entity.FlushAsync(partition, expected);

    /// <summary>
    /// Asks the fold of all events applied so far, and at least of all that were committed before the question. The answer must not share anything that later
    /// events change.
    /// </summary>
    /// <exception cref="DamagedFormatException">The stored state could not be read.</exception>
    protected ValueTask<TAnswer> AskAsync<TAnswer>(Func<TFold, TAnswer> question)
    {
        return _local.MayHaveTwins ? _entity.AskBesideTwinsAsync(Asked) : new(_entity.Ask(Asked));

        TAnswer Asked(TFold fold)
        {
            if (fold.IsEmpty)
            {
                // A question about somebody unknown must not leave an activation behind.
                DeactivateOnIdle();
            }

            return question(fold);
        }
    }

    private void OnFenced(EntityKey key, ILocalEntity entity)
    {
        _local.Remove(key, entity);
        DeactivateOnIdle();
    }
}
