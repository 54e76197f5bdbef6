namespace OrleansAnalytics.Partitions;

/// <summary>
/// An entity whose state is on this silo, and which partitions update directly, on their own threads. It answers for its own exclusion: never are two of
/// its updates, or an update and a question, under way at the same time.
/// </summary>
public interface ILocalEntity
{
    /// <summary>True from the moment its stored state is read until it begins to go: only then does it take anything.</summary>
    bool IsHere { get; }

    /// <summary>See <see cref="IEntityGrain.ApplyAsync"/>; false, and nothing done, if the entity is not here.</summary>
    bool TryApply(Slice slice, out SliceAnswer answer);

    /// <summary>See <see cref="IEntityGrain.FlushAsync"/>; false, and nothing done, if the entity is not here. The bytes to save are taken within the call.</summary>
    bool TryFlush(int partition, long expected, out ValueTask<FlushAnswer> answer);

    /// <summary>Reads what is stored, once; from then on the entity is here. Whoever else calls it waits for the same reading.</summary>
    Task ReadAsync() => Task.CompletedTask;

    /// <summary>Takes nothing any more, and saves what is not saved.</summary>
    Task CloseAsync() => Task.CompletedTask;

    /// <summary>An activation that answered for the entity goes.</summary>
    /// <param name="onFenced">Called, under the entity's lock, when it cannot trust itself any more.</param>
    void Detach(Action<EntityKey, ILocalEntity> onFenced)
    {
    }

    /// <summary>
    /// Lets the entity go if nothing holds it here: no activation, nothing unsaved, and nobody has used it for a while. Counts one look more otherwise.
    /// </summary>
    /// <param name="idleLooks">How many looks in a row, this one included, must have found it unused.</param>
    bool TryRetire(int idleLooks) => false;
}

/// <summary>Makes the entities of one kind.</summary>
public interface IEntityMaker
{
    /// <summary>The kind.</summary>
    EntityKind Kind { get; }

    /// <summary>An entity that has read nothing yet.</summary>
    /// <param name="key">Which one.</param>
    /// <param name="onFenced">Called, under the entity's lock, when it cannot trust itself any more.</param>
    ILocalEntity Make(EntityKey key, Action<EntityKey, ILocalEntity> onFenced);
}
