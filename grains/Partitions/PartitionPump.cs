using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Partitions.Operators;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// Runs one partition: recover from the checkpoint, then read, deliver, checkpoint, for ever; on any doubt recover again. Without Orleans, but
/// made for a scheduler that runs one thing at a time, as a grain's does.
/// </summary>
public sealed partial class PartitionPump
{
    private readonly int _partition;
    private readonly PartitionParts _parts;
    private readonly DirtyTable _dirty = new();
    private readonly PoisonList _poison = new();
    private readonly CheckpointPolicy _policy;
    private readonly CheckpointCommit _commit;
    private readonly ChunkDelivery _delivery;
    private readonly CheckpointWaiters _waiting = new();
    private readonly TaskCompletionSource _recovered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PartitionWake _wake;
    private readonly RentedBlocks _read = new();
    private Task _checkpoint = Task.CompletedTask;
    private string? _doubt;
    private long _imagePosition;
    private long _entries;
    private long _imageEntries;
    private long _committedEntries;
    private long _imageTaken;
    private TimeSpan _retryDelay;

    /// <summary>A pump at rest; <see cref="RunAsync"/> starts it.</summary>
    public PartitionPump(int partition, PartitionParts parts)
    {
        _partition = partition;
        _parts = parts;
        _wake = new PartitionWake(partition, parts.Log, parts.Time);
        _policy = new CheckpointPolicy(parts.Options);
        Operators = new PartitionOperators(parts.Operators);
        _commit = new CheckpointCommit(partition, parts.Checkpoints, _dirty, parts.Channel, parts.Options);
        _delivery = new ChunkDelivery(partition, Operators, _dirty, _poison, parts.Channel, parts.DeadLetters, parts.Options, parts.Turns);
    }

    /// <summary>The operators; read them only on the pump's scheduler.</summary>
    public PartitionOperators Operators { get; }

    /// <summary>Completes when the operators first stand at a checkpoint; until then they hold nothing to show.</summary>
    public Task Recovered => _recovered.Task;

    /// <summary>All events up to here are in every entity.</summary>
    public long Applied { get; private set; }

    /// <summary>Replay would start after this position.</summary>
    public long Committed => _commit.Position;

    /// <summary>Counts owners.</summary>
    public long Generation => _commit.Generation;

    /// <summary>Entities with unsaved events.</summary>
    public int DirtyEntities => _dirty.Count;

    /// <summary>What the pump is doing.</summary>
    public PartitionPhase Phase { get; private set; }

    /// <summary>Times it went back to its checkpoint.</summary>
    public long Rewinds { get; private set; }

    /// <summary>Why it last did, or what else went wrong.</summary>
    public string? LastTrouble { get; private set; }

    /// <summary>Why there is nothing to tell and nothing to save; null if the pump has stood at a checkpoint, or has not failed to read it yet.</summary>
    public PartitionUnavailableException? Unavailable => _recovered.Task.IsCompletedSuccessfully || LastTrouble is null
        ? null
        : new PartitionUnavailableException($"partition {_partition} is {Phase.ToString().ToLowerInvariant()}: {LastTrouble}");

    /// <summary>Runs until cancelled or until another owner has taken over; answers true for the latter.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        _retryDelay = _parts.Options.RetryDelay;
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                try
                {
                    await RecoverAsync(cancellationToken);
                    await PumpAsync(cancellationToken);
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    return false;
                }
                catch (CheckpointConflictException exception)
                {
                    LastTrouble = exception.Message;
                    LogLostOwnership(_partition, exception.Message);
                    return true;
                }
                catch (Exception exception)
                {
                    await BackOffAsync(exception, cancellationToken);
                }
            }
        }
        finally
        {
            Phase = PartitionPhase.Stopped;
            await SettleCheckpointAsync();
            await (_parts.Lake?.StopAsync() ?? Task.CompletedTask);
            _waiting.Fail($"partition {_partition} stopped before its checkpoint");
            _recovered.TrySetCanceled(CancellationToken.None);
        }

        return false;
    }

    /// <summary>Asks for a return to the checkpoint; it happens at the next step.</summary>
    public void RequestRewind(string reason)
    {
        _doubt = reason;
        _wake.Set();
    }

    /// <summary>Completes with the checkpoint's position once everything applied so far is saved.</summary>
    public Task<long> CheckpointAsync()
    {
        if (Phase == PartitionPhase.Stopped)
        {
            return Task.FromException<long>(new InvalidOperationException($"partition {_partition} is stopped"));
        }

        if (Unavailable is { } unavailable)
        {
            return Task.FromException<long>(unavailable);
        }

        _wake.Set();
        return _waiting.Add(Applied);
    }

    private async Task RecoverAsync(CancellationToken cancellationToken)
    {
        Phase = PartitionPhase.Starting;
        _doubt = null;
        _dirty.Clear();
        var stored = await _commit.ClaimAsync(cancellationToken);
        if (_commit.Position > 0 && await _parts.Log.EndAsync(_partition, cancellationToken) is var end && end < _commit.Position)
        {
            // Entities would take what comes at these positions for what they already have.
            throw new InvalidOperationException($"the checkpoint is at {_commit.Position} and the log ends at {end}: the log is not the one that was read");
        }

        Operators.Restore(_commit.Position, stored?.Parts ?? new Dictionary<string, ReadOnlyMemory<byte>>());
        await _poison.LoadAsync(_parts.DeadLetters, _partition, _commit.Position, cancellationToken);
        Applied = _imagePosition = _commit.Position;
        _committedEntries = _imageEntries = _entries;
        _imageTaken = _parts.Time.GetTimestamp();
        _parts.Lake?.Committed(Operators.ToLakeImage(), _commit.Generation);
        _recovered.TrySetResult();
        LogRecovered(_partition, _commit.Position, _commit.Generation);
    }

    private async Task PumpAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await StepCheckpointAsync(cancellationToken);
            StepLake(cancellationToken);
            if (_policy.MustPause(_entries, _committedEntries, _dirty.Count))
            {
                Phase = PartitionPhase.Paused;
                BeginCheckpoint(cancellationToken);
                await _checkpoint;
                continue;
            }

            Phase = PartitionPhase.Running;
            if (await DeliverNextAsync(cancellationToken))
            {
                continue;
            }

            if (Applied == _commit.Position)
            {
                EndTrouble();
            }

            await _wake.WaitAsync(Applied, LongestSleep(), cancellationToken);
        }
    }

    /// <summary>
    /// The next restart may be a quick one again: everything is saved, or at least more than before. Chunks delivered are no measure, for while the entities'
    /// storage is down the same ones are delivered after every restart.
    /// </summary>
    private void EndTrouble() => _retryDelay = _parts.Options.RetryDelay;

    /// <summary>Reads and delivers a chunk; false if there is none.</summary>
    private async ValueTask<bool> DeliverNextAsync(CancellationToken cancellationToken)
    {
        try
        {
            var batches = await _parts.Log.ReadAsync(_partition, Applied, _parts.Options.ChunkBytes, _read, cancellationToken);
            if (batches.Count > 0)
            {
                await DeliverAsync(batches, cancellationToken);
            }

            return batches.Count > 0;
        }
        finally
        {
            _read.Release();
        }
    }

    private async ValueTask DeliverAsync(IReadOnlyList<LogBatch> batches, CancellationToken cancellationToken)
    {
        if (batches[0].FirstPosition > Applied + 1)
        {
            LastTrouble = $"the log no longer has positions {Applied + 1} to {batches[0].FirstPosition - 1}: they were removed before they were read";
            LogLostByRetention(_partition, Applied + 1, batches[0].FirstPosition - 1);
        }

        await _delivery.DeliverAsync(batches, cancellationToken);
        Applied = Operators.Position;
        _entries += CheckpointPolicy.EntriesOf(batches);
        if (_delivery.Damage is { } damage)
        {
            LastTrouble = damage;
            LogDamage(_partition, damage);
        }
    }

    private async Task BackOffAsync(Exception exception, CancellationToken cancellationToken)
    {
        Rewinds++;
        LastTrouble = exception.Message;
        Phase = PartitionPhase.Recovering;
        if (exception is RewindException)
        {
            LogRewind(_partition, exception.Message);
        }
        else
        {
            LogFailure(_partition, exception);
        }

        await SettleCheckpointAsync();
        var delay = _retryDelay;
        _retryDelay = TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, _parts.Options.MaxRetryDelay.Ticks));
        if (Unavailable is { } unavailable)
        {
            // Who waits would wait until somebody repairs the storage: a node could not even stop in time.
            _waiting.Fail(unavailable.Message);
        }

        await Task.Delay(delay, _parts.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }
}
