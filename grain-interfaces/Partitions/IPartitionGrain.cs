using Orleans.Concurrency;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Partitions;

/// <summary>The single reader of one log partition; the key is the partition's number, from 0. Runs by itself once started.</summary>
[Alias("IPartitionGrain")]
public interface IPartitionGrain : IGrainWithIntegerKey
{
    /// <summary>Makes sure that the partition is active and reading; harmless when it is.</summary>
    [Alias("Start")]
    Task StartAsync();

    /// <summary>Where the partition stands. Served at any time.</summary>
    [AlwaysInterleave, Alias("Status")]
    ValueTask<PartitionStatus> StatusAsync();

    /// <summary>What the partition's operators hold for reports, as of its applied position.</summary>
    /// <param name="parts">The parts wanted; the others are left empty.</param>
    [AlwaysInterleave, Alias("Tallies")]
    ValueTask<SiteTallies> TalliesAsync(TallyParts parts);

    /// <summary>Saves every entity with unsaved events and commits a checkpoint at the applied position; answers the position replay would start from.</summary>
    [AlwaysInterleave, Alias("Checkpoint")]
    Task<long> CheckpointAsync();

    /// <summary>Does the same, and brings the lake up to that position; answers the lake's position.</summary>
    [AlwaysInterleave, Alias("WriteLake")]
    Task<long> WriteLakeAsync();
}

/// <summary>Where one partition stands. Positions are those of its log.</summary>
[GenerateSerializer, Immutable, Alias("partition-status")]
public sealed record PartitionStatus
{
    /// <summary>The partition's number.</summary>
    [Id(0)] public required int Partition { get; init; }

    /// <summary>The last position in the log.</summary>
    [Id(1)] public required long End { get; init; }

    /// <summary>All events up to here are in every entity and report.</summary>
    [Id(2)] public required long Applied { get; init; }

    /// <summary>The checkpoint: a restart reads on after this position.</summary>
    [Id(3)] public required long ReplayFrom { get; init; }

    /// <summary>What is in the log and not yet applied: entries, or messages of a log that numbers only those.</summary>
    [Id(18)] public long Lag { get; init; }

    /// <summary>Events read: accepted + duplicates + rejected.</summary>
    [Id(4)] public required long Received { get; init; }

    /// <summary>Events counted.</summary>
    [Id(5)] public required long Accepted { get; init; }

    /// <summary>Events dropped because their id was known.</summary>
    [Id(6)] public required long Duplicates { get; init; }

    /// <summary>Events in the dead letters.</summary>
    [Id(7)] public required long Rejected { get; init; }

    /// <summary>Accepted events older than the watermark.</summary>
    [Id(8)] public required long Late { get; init; }

    /// <summary>The highest event time seen minus the allowed lateness, in milliseconds; 0 before the first event.</summary>
    [Id(9)] public required long WatermarkMs { get; init; }

    /// <summary>How many owners the partition has had.</summary>
    [Id(10)] public required long Generation { get; init; }

    /// <summary>Entities with events that are not yet saved.</summary>
    [Id(11)] public required int DirtyEntities { get; init; }

    /// <summary>Rewinds since this activation began, each a gap, a failed save or a lost silo.</summary>
    [Id(12)] public required long Rewinds { get; init; }

    /// <summary>What the partition is doing.</summary>
    [Id(13)] public required PartitionPhase Phase { get; init; }

    /// <summary>Why it last rewound or paused, if it did.</summary>
    [Id(14)] public string? LastTrouble { get; init; }

    /// <summary>Events that reached a limit of an operator and were counted less precisely, by the name of the limit.</summary>
    [Id(15)] public IReadOnlyDictionary<string, long> LimitsReached { get; init; } = new Dictionary<string, long>();

    /// <summary>The lake has all accepted events up to here; null if there is no lake.</summary>
    [Id(16)] public long? LakeThrough { get; init; }

    /// <summary>Why the lake could not be written last; null if it could.</summary>
    [Id(17)] public string? LakeTrouble { get; init; }
}

/// <summary>What a partition is doing.</summary>
public enum PartitionPhase : byte
{
    /// <summary>Loading its checkpoint.</summary>
    Starting = 0,

    /// <summary>Reading and delivering, or waiting for events.</summary>
    Running = 1,

    /// <summary>At a limit: waiting for entities to be saved before it reads on.</summary>
    Paused = 2,

    /// <summary>Something failed; it starts again from the checkpoint after a pause.</summary>
    Recovering = 3,

    /// <summary>Another activation owns the partition, or the silo is stopping.</summary>
    Stopped = 4,
}
