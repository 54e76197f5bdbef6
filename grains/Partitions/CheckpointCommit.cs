using OrleansAnalytics.Partitions.Operators;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// Commits checkpoints: saves every entity with an unsaved event at or below the image's position, and only then writes the checkpoint, under its ETag.
/// </summary>
public sealed class CheckpointCommit(int partition, ICheckpointStore store, DirtyTable dirty, IEntityChannel channel, PartitionOptions options)
{
    private string? _etag;
    private long _generation;

    // The generation of a claim that failed: it may have been written all the same.
    private long _tried;

    /// <summary>The position of the last committed checkpoint: replay starts after it.</summary>
    public long Position { get; private set; }

    /// <summary>Counts the partition's owners.</summary>
    public long Generation => _generation;

    /// <summary>
    /// Reads the checkpoint and makes this owner its owner: an older one that still runs fails at its next commit or claim. The first claim takes it from
    /// whoever has it; a later one does not, or two owners that go back again and again would take it from each other for ever.
    /// </summary>
    /// <exception cref="CheckpointConflictException">Another owner has claimed it, since this one did or at the same moment.</exception>
    public async ValueTask<StoredCheckpoint?> ClaimAsync(CancellationToken cancellationToken)
    {
        var stored = await store.ReadAsync(partition, cancellationToken);
        var generation = stored?.Generation ?? 0;
        if (_generation > 0 && generation != _generation && generation != _tried)
        {
            throw new CheckpointConflictException($"partition {partition} is owned by generation {generation}, not {_generation}");
        }

        Position = stored?.Position ?? 0;
        (_generation, _tried) = (generation, generation + 1);
        _etag = await store.WriteAsync(partition, stored?.ETag, new CheckpointWrite(Position, _tried, NoParts, []), cancellationToken);
        _generation = _tried;
        return stored;
    }

    /// <summary>Saves entities, then the checkpoint at <paramref name="position"/>.</summary>
    /// <exception cref="RewindException">An entity lacks events it was sent.</exception>
    /// <exception cref="CheckpointConflictException">Another owner has taken over.</exception>
    public async Task CommitAsync(long position, OperatorImage image, CancellationToken cancellationToken)
    {
        do
        {
            await FlushAsync(position, cancellationToken);
        }
        while (!dirty.IsSavedThrough(position));

        _etag = await store.WriteAsync(partition, _etag, new CheckpointWrite(position, _generation, image.Changed, image.Removed), cancellationToken);
        Position = position;
    }

    private static readonly Dictionary<string, ReadOnlyMemory<byte>> NoParts = [];

    private async ValueTask FlushAsync(long position, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var lanes = dirty.UnsavedThrough(position);
        foreach (var lane in lanes)
        {
            lane.BeginFlush(partition);
        }

        await channel.FlushAsync(partition, lanes, options.MaxFlushesInFlight);
        foreach (var lane in lanes)
        {
            Take(lane);
        }
    }

    private void Take(EntityLane lane)
    {
        if (lane.Answer.IsGap || lane.Answer.Durable < lane.Expected)
        {
            throw new RewindException($"{lane.Key} lost events up to {lane.Expected} before they were saved");
        }

        lane.EndFlush(lane.Answer.Durable);
        dirty.ForgetIfClean(lane);
    }
}
