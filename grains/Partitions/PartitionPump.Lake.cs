namespace OrleansAnalytics.Partitions;

/// <summary>How the lake follows the checkpoints.</summary>
public sealed partial class PartitionPump
{
    /// <summary>The lake has all accepted events up to here; null without a lake.</summary>
    public long? LakeThrough => _parts.Lake?.Through;

    /// <summary>Why the lake could not be written last; null if it could.</summary>
    public string? LakeTrouble => _parts.Lake?.Trouble;

    /// <summary>Completes with the lake's position once it has everything applied so far.</summary>
    /// <exception cref="InvalidOperationException">There is no lake, or the partition stopped before.</exception>
    public async Task<long> WriteLakeAsync()
    {
        var lake = _parts.Lake ?? throw new InvalidOperationException($"partition {_partition} has no lake: Lake:Enabled is off");
        var committed = await CheckpointAsync();
        var written = lake.WriteAsync(committed);
        _wake.Set();
        return await written;
    }

    private void StepLake(CancellationToken cancellationToken)
    {
        // Without a lake, nobody will ever ask what was where.
        Operators.Skipped.DropThrough(_parts.Lake?.Through ?? _commit.Position);
        _parts.Lake?.Step(_wake.Set, cancellationToken);
    }

    private TimeSpan LongestSleep()
    {
        var checkpoint = Applied > _imagePosition ? _parts.Options.CheckpointEvery : Timeout.InfiniteTimeSpan;
        var lake = _parts.Lake?.Rest() ?? Timeout.InfiniteTimeSpan;
        return checkpoint == Timeout.InfiniteTimeSpan || (lake != Timeout.InfiniteTimeSpan && lake < checkpoint) ? lake : checkpoint;
    }
}
