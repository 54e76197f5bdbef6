namespace OrleansAnalytics.Partitions;

/// <summary>
/// Lets everybody else on a silo go first once they have waited for too long. What a partition does next is queued on its thread's own queue, which the thread
/// empties, newest first, before it looks at the common one: with a backlog, requests and the silo's own work would wait in either queue until a partition waits for something. So a
/// probe goes through the queues all the time, and when it does not come out in time, partitions stand still instead of their next turns until it has.
/// </summary>
public sealed class FairTurns
{
    // In the common queue, then in the own queue of the thread that took it from there, and once more in the common one: that thread has emptied its own by then.
    private static readonly bool[] Way = [false, true, false];

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _patience;
    private readonly Action<Action, bool> _queue;
    private readonly Action _step;
    private readonly int _threads;
    private readonly List<TaskCompletionSource> _standing = [];
    private long _sent;
    private int _stepsTaken;
    private bool _isUnderWay;

    /// <summary>The turns of a silo's partitions.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="patience">How long others may wait for a thread.</param>
    /// <param name="queue">Queues something: in the thread's own queue if true, else in the common one; null for the thread pool.</param>
    /// <param name="threads">How many partitions are under way at the same time; 0 for one on each processor.</param>
    public FairTurns(TimeProvider time, TimeSpan patience, Action<Action, bool>? queue = null, int threads = 0)
    {
        (_time, _patience, _step, _threads) = (time, patience, Step, threads > 0 ? threads : Environment.ProcessorCount);
        _queue = queue ?? (static (action, isOwn) => ThreadPool.UnsafeQueueUserWorkItem(static action => action(), action, preferLocal: isOwn));
    }

    /// <summary>Partitions that stand still now.</summary>
    public int Standing
    {
        get
        {
            lock (_gate)
            {
                return _standing.Count;
            }
        }
    }

    /// <summary>Called by a partition when its turn has come, and again when what it waited for is over.</summary>
    /// <returns>What to wait for instead of the turn; null if nobody has waited for too long.</returns>
    public Task? OthersFirst()
    {
        lock (_gate)
        {
            if (_isUnderWay)
            {
                return _time.GetElapsedTime(_sent) < _patience ? null : Stand();
            }

            (_isUnderWay, _stepsTaken, _sent) = (true, 0, _time.GetTimestamp());
        }

        _queue(_step, Way[0]);
        return null;
    }

    private Task Stand()
    {
        var standing = new TaskCompletionSource();
        _standing.Add(standing);
        return standing.Task;
    }

    private void Step()
    {
        if (++_stepsTaken < Way.Length)
        {
            _queue(_step, Way[_stepsTaken]);
            return;
        }

        TaskCompletionSource[] standing;
        lock (_gate)
        {
            _isUnderWay = false;
            standing = [.. _standing];
            _standing.Clear();
        }

        Release(standing);
    }

    /// <summary>
    /// Lets those go on that stopped first, which were under way; the others' turn has not come. Partitions that all proceed evenly save the same entities more often. This thread takes first
    /// what it queued last, and other threads take from it what it queued first.
    /// </summary>
    private void Release(TaskCompletionSource[] standing)
    {
        var underWay = Math.Min(_threads, standing.Length);
        for (var i = 1; i < underWay; i++)
        {
            standing[i].SetResult();
        }

        for (var i = standing.Length - 1; i >= underWay; i--)
        {
            standing[i].SetResult();
        }

        if (standing.Length > 0)
        {
            standing[0].SetResult();
        }
    }
}
