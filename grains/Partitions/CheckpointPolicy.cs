using OrleansAnalytics.Events;

namespace OrleansAnalytics.Partitions;

/// <summary>When to begin a checkpoint and when to stop reading, as pure decisions.</summary>
/// <param name="options">The limits.</param>
public sealed class CheckpointPolicy(PartitionOptions options)
{
    /// <summary>How many entries batches have. What cannot be read counts as one: however many it may have held, there is a position to be saved.</summary>
    public static long EntriesOf(IReadOnlyList<LogBatch> batches) => batches.Sum(batch => batch.Bytes.IsEmpty ? Math.Min(1, batch.Count) : (long)batch.Count);

    /// <summary>True if a checkpoint is due: enough entries or enough time since the last image, and something to save.</summary>
    /// <param name="applied">Entries applied, counted from anywhere: positions do not count them in every log.</param>
    /// <param name="lastImage">Those that were applied at the last image.</param>
    /// <param name="sinceLastImage">Time since then.</param>
    public bool IsDue(long applied, long lastImage, TimeSpan sinceLastImage) =>
        applied > lastImage && (applied - lastImage >= options.CheckpointEvents || sinceLastImage >= options.CheckpointEvery);

    /// <summary>True if reading must pause until a checkpoint has been committed. Never if there is nothing to commit: that pause would not end.</summary>
    /// <param name="applied">Entries applied, counted from anywhere.</param>
    /// <param name="committed">Those that were applied at the last committed checkpoint.</param>
    /// <param name="dirtyEntities">Entities with unsaved events.</param>
    public bool MustPause(long applied, long committed, int dirtyEntities) =>
        applied > committed && (applied - committed >= options.MaxReplayEvents || dirtyEntities >= options.MaxDirtyEntities);
}
