namespace OrleansAnalytics.Snapshots;

/// <summary>Writes snapshots of closed periods out of a lake. What is due follows from the lake and the snapshots alone; nothing is remembered in between.</summary>
public interface IPeriodSnapshots
{
    /// <summary>Writes what is due, the oldest first, and not on the scheduler of whoever calls. A snapshot is there as a whole or not at all.</summary>
    /// <param name="kind">The kind of periods.</param>
    /// <param name="most">So many periods at most.</param>
    /// <param name="cancellationToken">Stops; what is written by then stays.</param>
    /// <exception cref="IOException">Snapshots cannot be written, or somebody else writes them.</exception>
    Task<SnapshotRun> WriteDueAsync(PeriodKind kind, int most, CancellationToken cancellationToken = default);
}

/// <summary>Of a cluster that has no lake to read: nothing is ever due.</summary>
public sealed class NoPeriodSnapshots : IPeriodSnapshots
{
    /// <inheritdoc/>
    public Task<SnapshotRun> WriteDueAsync(PeriodKind kind, int most, CancellationToken cancellationToken = default) => Task.FromResult(SnapshotRun.Nothing);
}
