namespace OrleansAnalytics.Partitions;

/// <summary>
/// Lets a silo that leaves others behind save what its entities have not saved, so that their next homes find it and no partition has to go back to its checkpoint. After
/// the silo's activations have ended.
/// </summary>
/// <param name="entities">The entities of this silo.</param>
internal sealed class EntityCloser(LocalEntities entities) : ILifecycleParticipant<ISiloLifecycle>
{
    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(EntityCloser), ServiceLifecycleStage.RuntimeServices, static _ => Task.CompletedTask, CloseAsync);

    /// <summary>A silo by itself has taken checkpoints of everything; if it could not, it would not be able to now.</summary>
    private Task CloseAsync(CancellationToken cancellationToken) => entities.MayHaveTwins
        ? entities.CloseAsync().WaitAsync(cancellationToken).ContinueWith(static closing => _ = closing.Exception, TaskScheduler.Default)
        : Task.CompletedTask;
}
