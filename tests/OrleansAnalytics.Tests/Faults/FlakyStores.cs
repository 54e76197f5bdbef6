using OrleansAnalytics.Tests.Cluster;

namespace OrleansAnalytics.Tests.Faults;

/// <summary>The ports of a cluster behind one plan of faults.</summary>
/// <param name="Safe">What is really stored.</param>
/// <param name="Plan">The faults on the way to it.</param>
internal sealed record FlakyStores(ShopStores Safe, FaultPlan Plan)
{
    private readonly FlakyCheckpointStore _checkpoints = new(Safe.Checkpoints, Plan);

    /// <summary>Times a partition read its checkpoint: as a new owner, or to go back.</summary>
    public long Recoveries => _checkpoints.Reads;

    /// <summary>The same ports with the faults.</summary>
    public ShopStores Flaky() => new(
        new FlakyEventLog(Safe.Log, Plan), _checkpoints, new FlakyDeadLetterStore(Safe.DeadLetters, Plan), new FlakyGrainStorage(Safe.Entities, Plan))
    {
        Lake = new FlakyLakeSink(Safe.Lake, Plan),
    };
}
