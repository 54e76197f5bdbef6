namespace OrleansAnalytics.Snapshots;

/// <summary>
/// Writes, by reminder, snapshots of the closed periods of one kind; the key is the kind's name (<c>hour</c>, <c>day</c>, <c>month</c>). What is due follows from the
/// lake and from the snapshots that are there, so a tick that was missed is made up for by the next one.
/// </summary>
[Alias("ISnapshotGrain")]
public interface ISnapshotGrain : IGrainWithStringKey
{
    /// <summary>Makes sure that the reminder is there, or is gone if nothing is to be written of this kind; harmless when it is so.</summary>
    [Alias("Start")]
    Task StartAsync();

    /// <summary>Writes what is due now, the oldest first; waits before for what is under way. A long month may take as long as it takes.</summary>
    /// <param name="most">So many periods at most; null for as many as in one tick.</param>
    [Alias("Write"), ResponseTimeout("1.00:00:00")]
    Task<SnapshotRun> WriteAsync(int? most);
}

/// <summary>What was written at one go.</summary>
/// <param name="Written">The periods that were written (<c>day 2019-10-01</c>), in order.</param>
/// <param name="Failed">Periods that could not be written, and why. They stay due.</param>
/// <param name="StillDue">Periods that are due and were not written now, the failed ones included.</param>
[GenerateSerializer, Immutable, Alias("snapshot-run")]
public sealed record SnapshotRun(
    [property: Id(0)] IReadOnlyList<string> Written, [property: Id(1)] IReadOnlyDictionary<string, string> Failed, [property: Id(2)] int StillDue)
{
    /// <summary>Nothing was due.</summary>
    public static SnapshotRun Nothing { get; } = new([], new Dictionary<string, string>(), 0);
}
