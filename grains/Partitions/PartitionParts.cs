using Microsoft.Extensions.Logging;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Partitions.Operators;

namespace OrleansAnalytics.Partitions;

/// <summary>What a partition works with.</summary>
/// <param name="Log">The log it reads.</param>
/// <param name="Checkpoints">Where its checkpoints are.</param>
/// <param name="DeadLetters">Where what cannot be counted goes.</param>
/// <param name="Channel">How it reaches its entities.</param>
/// <param name="Time">The clock; decides when to save, never what is counted.</param>
/// <param name="Options">How it reads, delivers and saves.</param>
/// <param name="Operators">What its operators remember.</param>
/// <param name="Logger">Where it tells what it does.</param>
/// <param name="Lake">Keeps the lake behind its checkpoints; null if there is no lake.</param>
/// <param name="Turns">When it lets others on its silo go first; null if it has a thread for itself.</param>
public sealed record PartitionParts(
    IEventLog Log,
    ICheckpointStore Checkpoints,
    IDeadLetterStore DeadLetters,
    IEntityChannel Channel,
    TimeProvider Time,
    PartitionOptions Options,
    OperatorOptions Operators,
    ILogger Logger,
    LakeFollower? Lake = null,
    FairTurns? Turns = null);
