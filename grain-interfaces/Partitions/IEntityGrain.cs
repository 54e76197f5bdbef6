using Orleans.Concurrency;

namespace OrleansAnalytics.Partitions;

/// <summary>The protocol between a partition and every entity it updates. See <c>grains/ARCHITECTURE.md</c>.</summary>
[Alias("IEntityGrain")]
public interface IEntityGrain : IGrainWithStringKey
{
    /// <summary>
    /// Folds the slice's events that are not yet applied. Touches no storage, so it may run while a flush is waiting for its write.
    /// </summary>
    [AlwaysInterleave, Alias("Apply")]
    ValueTask<SliceAnswer> ApplyAsync(Slice slice);

    /// <summary>
    /// Saves the entity if it holds unsaved events of <paramref name="partition"/>.
    /// </summary>
    /// <param name="partition">The asking partition.</param>
    /// <param name="expected">The last position that partition sent; having applied less is a gap.</param>
    [Alias("Flush")]
    ValueTask<FlushAnswer> FlushAsync(int partition, long expected);
}
