namespace OrleansAnalytics.Events;

/// <summary>A partition's end as a number that only rises and that can be waited for without polling. Safe for concurrent use.</summary>
/// <param name="end">The end to begin with.</param>
public sealed class EndSignal(long end)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _moved;
    private Exception? _closed;
    private long _end = end;

    /// <summary>The end.</summary>
    public long Value => Volatile.Read(ref _end);

    /// <summary>Raises the end and wakes those who wait for it; a lower end changes nothing.</summary>
    public void Raise(long end)
    {
        TaskCompletionSource? moved;
        lock (_lock)
        {
            if (end <= _end)
            {
                return;
            }

            Volatile.Write(ref _end, end);
            moved = _moved;
            _moved = null;
        }

        moved?.SetResult();
    }

    /// <summary>Ends every wait, present and future, with <paramref name="reason"/>.</summary>
    public void Close(Exception reason)
    {
        TaskCompletionSource? moved;
        lock (_lock)
        {
            _closed ??= reason;
            moved = _moved;
            _moved = null;
        }

        moved?.SetResult();
    }

    /// <summary>Completes when the end is beyond <paramref name="after"/>.</summary>
    public async ValueTask WaitAsync(long after, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task moved;
            lock (_lock)
            {
                if (_closed is not null)
                {
                    throw _closed;
                }

                if (_end > after)
                {
                    return;
                }

                _moved ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                moved = _moved.Task;
            }

            await moved.WaitAsync(cancellationToken);
        }
    }
}
