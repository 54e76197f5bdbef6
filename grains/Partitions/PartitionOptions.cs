using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Partitions;

/// <summary>How a partition reads, delivers and saves. Limits are per partition.</summary>
public sealed class PartitionOptions
{
    /// <summary>Bytes of log read at once; about 120 bytes an event. Under backlog a larger chunk means fewer slices for the same events. Default 4 MiB.</summary>
    public int ChunkBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Slices that may be under way at the same time. Default 1,024.</summary>
    public int MaxSlicesInFlight { get; set; } = 1024;

    /// <summary>Flushes that may be under way at the same time. Default 1,024.</summary>
    public int MaxFlushesInFlight { get; set; } = 1024;

    /// <summary>A message with slices for another silo is sent when it has so many bytes; its last slice may exceed them. Default 64 KiB, which keeps it from the heap of large objects.</summary>
    public int ExchangeBytes { get; set; } = 64 * 1024;

    /// <summary>A checkpoint is begun at the latest this long after the last one, if there were events. Default 2 seconds.</summary>
    public TimeSpan CheckpointEvery { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>… or after this many entries. Default 200,000.</summary>
    public long CheckpointEvents { get; set; } = 200_000;

    /// <summary>Reading pauses when this many entries would have to be replayed. Default 1,000,000.</summary>
    public long MaxReplayEvents { get; set; } = 1_000_000;

    /// <summary>Reading pauses when this many entities have unsaved events. Default 300,000.</summary>
    public int MaxDirtyEntities { get; set; } = 300_000;

    /// <summary>
    /// An entity that nobody has used for so long leaves memory, to the minute; under memory pressure a minute is enough. Default 15 minutes. Of entities with an
    /// activation Orleans decides (<c>GrainCollectionOptions</c>).
    /// </summary>
    public TimeSpan EntityIdleTime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Pause before a restart from the checkpoint after a failure; doubles up to <see cref="MaxRetryDelay"/>. Default 50 milliseconds.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Longest pause before a restart. Default 5 seconds.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A partition moves to the silo where its users are placed when silos join or leave, after a checkpoint. Off, it stays where it is as long as its silo lives, its users'
    /// slices travel, and the first silo to start keeps all partitions. Default true.
    /// </summary>
    public bool MoveHome { get; set; } = true;

    /// <summary>
    /// When others on the silo (requests, questions, the silo's own work) have waited for a thread for so long, partitions let them go first. Default 50 milliseconds.
    /// </summary>
    public TimeSpan LetOthersFirstAfter { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Texts (user ids, products, …) that a partition keeps decoded, with the way to their entities; it begins with few and keeps more as they come. Default 262,144.
    /// </summary>
    public int CachedTexts { get; set; } = 262_144;
}

/// <summary>Checks <see cref="PartitionOptions"/>, naming every error at once.</summary>
public sealed class PartitionOptionsValidator : IValidateOptions<PartitionOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, PartitionOptions options)
    {
        (string Option, bool Good, string Rule)[] rules =
        [
            (nameof(options.ChunkBytes), options.ChunkBytes >= 1024, "at least 1,024 bytes"),
            (nameof(options.MaxSlicesInFlight), options.MaxSlicesInFlight >= 1, "at least 1"),
            (nameof(options.MaxFlushesInFlight), options.MaxFlushesInFlight >= 1, "at least 1"),
            (nameof(options.ExchangeBytes), options.ExchangeBytes is >= 1024 and <= 16 * 1024 * 1024, "1,024 to 16,777,216 bytes"),
            (nameof(options.CheckpointEvery), options.CheckpointEvery > TimeSpan.Zero, "longer than zero"),
            (nameof(options.CheckpointEvents), options.CheckpointEvents >= 1, "at least 1"),
            (nameof(options.MaxReplayEvents), options.MaxReplayEvents >= options.CheckpointEvents, "at least CheckpointEvents"),
            (nameof(options.MaxDirtyEntities), options.MaxDirtyEntities >= 1, "at least 1"),
            (nameof(options.EntityIdleTime), options.EntityIdleTime > TimeSpan.Zero && options.EntityIdleTime <= TimeSpan.FromDays(365), "longer than zero and at most a year"),
            (nameof(options.RetryDelay), options.RetryDelay > TimeSpan.Zero, "longer than zero"),
            (nameof(options.MaxRetryDelay), options.MaxRetryDelay >= options.RetryDelay, "at least RetryDelay"),
            (nameof(options.LetOthersFirstAfter), options.LetOthersFirstAfter > TimeSpan.Zero && options.LetOthersFirstAfter <= TimeSpan.FromMinutes(1), "longer than zero and at most a minute"),
            (nameof(options.CachedTexts), options.CachedTexts >= 1, "at least 1"),
        ];
        var errors = rules.Where(rule => !rule.Good).Select(rule => $"Partitions:{rule.Option} must be {rule.Rule}").ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
