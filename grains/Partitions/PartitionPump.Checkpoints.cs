using OrleansAnalytics.Lake;
using OrleansAnalytics.Partitions.Operators;

namespace OrleansAnalytics.Partitions;

/// <summary>When checkpoints begin, and what comes of them.</summary>
public sealed partial class PartitionPump
{
    /// <summary>Throws what a checkpoint under way failed with, answers those who wait for one, begins the next one if it is due.</summary>
    private async ValueTask StepCheckpointAsync(CancellationToken cancellationToken)
    {
        if (_doubt is { } reason)
        {
            throw new RewindException(reason);
        }

        if (!_checkpoint.IsCompleted)
        {
            return;
        }

        await _checkpoint;
        _waiting.Answer(_commit.Position);
        if (_waiting.Any || _policy.IsDue(_entries, _imageEntries, _parts.Time.GetElapsedTime(_imageTaken)))
        {
            BeginCheckpoint(cancellationToken);
        }
    }

    private void BeginCheckpoint(CancellationToken cancellationToken)
    {
        if (_checkpoint.IsCompletedSuccessfully && Applied > _commit.Position)
        {
            (_imagePosition, _imageEntries) = (Applied, _entries);
            _imageTaken = _parts.Time.GetTimestamp();
            _checkpoint = CommitAsync(Applied, _entries, Operators.Capture(), Operators.ToLakeImage(), cancellationToken);
        }
    }

    private async Task CommitAsync(long position, long entries, OperatorImage image, LakeImage lake, CancellationToken cancellationToken)
    {
        try
        {
            await _commit.CommitAsync(position, image, cancellationToken);
            image.Release();
            _committedEntries = entries;
            EndTrouble();
            _parts.Lake?.Committed(lake, _commit.Generation);
            await _parts.Log.TrimAsync(_partition, Math.Min(position, _parts.Lake?.Through ?? position), cancellationToken);
        }
        finally
        {
            _wake.Set();
        }
    }

    /// <summary>Lets a checkpoint under way end, whatever comes of it: it must not run on beside a recovery.</summary>
    private async Task SettleCheckpointAsync()
    {
        await _checkpoint.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _checkpoint = Task.CompletedTask;
    }
}
