namespace OrleansAnalytics.Partitions;

/// <summary>Those who wait until what was applied when they asked is saved. Under steady load the applied position is always ahead of the checkpoint, so that is no measure.</summary>
internal sealed class CheckpointWaiters
{
    private readonly List<(long Position, TaskCompletionSource<long> Done)> _waiting = [];

    /// <summary>True if somebody waits.</summary>
    public bool Any => _waiting.Count > 0;

    /// <summary>Completes when a checkpoint at or beyond <paramref name="position"/> is committed.</summary>
    public Task<long> Add(long position)
    {
        var done = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add((position, done));
        return done.Task;
    }

    /// <summary>Answers those whose position is committed.</summary>
    public void Answer(long committed) => _waiting.RemoveAll(waiting => waiting.Position <= committed && waiting.Done.TrySetResult(committed));

    /// <summary>Tells everyone that there will be no checkpoint.</summary>
    public void Fail(string reason)
    {
        _waiting.ForEach(waiting => waiting.Done.TrySetException(new InvalidOperationException(reason)));
        _waiting.Clear();
    }
}
