namespace OrleansAnalytics.Partitions;

/// <summary>How a partition reaches its entities. A call that fails or is lost is a doubt, and answered by a rewind.</summary>
public interface IEntityChannel
{
    /// <summary>Delivers a slice to the lane's entity.</summary>
    ValueTask<SliceAnswer> ApplyAsync(EntityLane lane, Slice slice);

    /// <summary>Asks the lane's entity to save what the partition sent it up to <paramref name="expected"/>.</summary>
    ValueTask<FlushAnswer> FlushAsync(EntityLane lane, int partition, long expected);
}
