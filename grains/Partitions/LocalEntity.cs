namespace OrleansAnalytics.Partitions;

/// <summary>
/// An entity whose state is on this silo, and which partitions update directly, on their own threads. It answers for its own exclusion: never are two of
/// its updates, or an update and a question, under way at the same time. A class, because an interface of several implementations costs a look-up for each call.
/// </summary>
public abstract class LocalEntity
{
    /// <summary>True from the moment its stored state is read until it begins to go: only then does it take anything.</summary>
    public abstract bool IsHere { get; }

    /// <summary>See <see cref="IEntityGrain.ApplyAsync"/>; false, and nothing done, if the entity is not here.</summary>
    /// <param name="partition">See <see cref="Slice.Partition"/>.</param>
    /// <param name="after">See <see cref="Slice.After"/>.</param>
    /// <param name="events">See <see cref="Slice.Events"/>; not kept.</param>
    /// <param name="answer">What the entity says.</param>
    public abstract bool TryApply(int partition, long after, ReadOnlySpan<PositionedEvent> events, out SliceAnswer answer);

    /// <summary>The same with a slice.</summary>
    public bool TryApply(Slice slice, out SliceAnswer answer) => TryApply(slice.Partition, slice.After, slice.Span(), out answer);

    /// <summary>
    /// Answers a flush, at once or once the write is done that it asks for; false, and nothing done, if the entity is not here. The bytes to save are taken
    /// within the call.
    /// </summary>
    public abstract bool TryFlush(FlushRequest request);

    /// <summary>Lets the processor fetch what the next slice needs: see <see cref="Ahead"/>.</summary>
    /// <param name="step">0 for the state, 1 for its fold, then the steps of <see cref="EntityFold.Fetch"/>.</param>
    public virtual void Fetch(int step)
    {
    }

    /// <summary>Reads what is stored, once; from then on the entity is here. Whoever else calls it waits for the same reading.</summary>
    public virtual Task ReadAsync() => Task.CompletedTask;

    /// <summary>Takes nothing any more, and saves what is not saved.</summary>
    public virtual Task CloseAsync() => Task.CompletedTask;

    /// <summary>An activation that answered for the entity goes.</summary>
    /// <param name="onFenced">Called, under the entity's lock, when it cannot trust itself any more.</param>
    public virtual void Detach(Action<EntityKey, LocalEntity> onFenced)
    {
    }

    /// <summary>
    /// Lets the entity go if nothing holds it here: no activation, nothing unsaved, and nobody has used it for a while. Counts one look more otherwise.
    /// </summary>
    /// <param name="idleLooks">How many looks in a row, this one included, must have found it unused.</param>
    /// <param name="alsoUnsaved">Also one that has unsaved events, as if its silo had ended.</param>
    public virtual bool TryRetire(int idleLooks, bool alsoUnsaved = false) => false;
}

/// <summary>Makes the entities of one kind.</summary>
public interface IEntityMaker
{
    /// <summary>The kind.</summary>
    EntityKind Kind { get; }

    /// <summary>An entity that has read nothing yet.</summary>
    /// <param name="key">Which one.</param>
    /// <param name="onFenced">Called, under the entity's lock, when it cannot trust itself any more.</param>
    LocalEntity Make(EntityKey key, Action<EntityKey, LocalEntity> onFenced);
}
