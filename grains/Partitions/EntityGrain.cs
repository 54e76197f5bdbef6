using Microsoft.Extensions.Logging;
using Orleans.Storage;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>The shell of every entity: makes it known to the partitions of its silo for as long as it is active, and takes grain calls from everybody else.</summary>
/// <typeparam name="TFold">What this kind of entity makes of its events.</typeparam>
public abstract class EntityGrain<TFold> : Grain, IEntityGrain
    where TFold : class, IEntityFold
{
    private readonly LocalEntities _local;
    private readonly EntityKey _key;
    private readonly LiveEntity<TFold> _entity;

    /// <summary>Creates the shell around an empty fold; activation replaces it by the stored one.</summary>
    protected EntityGrain(TFold emptyFold, IGrainStorage storage, LocalEntities local, ILogger logger)
    {
        _local = local;
        _key = EntityKey.Of(GrainContext.GrainId);
        _entity = new LiveEntity<TFold>(GrainContext.GrainId, emptyFold, storage, logger, OnFenced);
    }

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await _entity.ReadAsync();
        _local.Add(_key, _entity);
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
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

    private void OnFenced()
    {
        _local.Remove(_key, _entity);
        DeactivateOnIdle();
    }
}
