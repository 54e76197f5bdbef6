using OrleansAnalytics.Events;

namespace OrleansAnalytics.Partitions;

/// <summary>Lets a partition sleep until there is something to do. All that can wake it wake one signal, and the pump goes on where it runs.</summary>
internal sealed class PartitionWake(int partition, IEventLog log, TimeProvider time)
{
    private TaskCompletionSource _signal = NewSignal();

    /// <summary>Ends the sleep, or the next one if there is none.</summary>
    public void Set() => _signal.TrySetResult();

    /// <summary>Completes when the log has entries after <paramref name="applied"/>, after <paramref name="longest"/>, when it is set, or when it is to stop.</summary>
    public async Task WaitAsync(long applied, TimeSpan longest, CancellationToken cancellationToken)
    {
        var signal = _signal;
        if (!signal.Task.IsCompleted)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using var due = time.CreateTimer(static signal => ((TaskCompletionSource)signal!).TrySetResult(), signal, longest, Timeout.InfiniteTimeSpan);
            var appended = WakeOnAppendAsync(signal, applied, stop.Token);
            await signal.Task;
            stop.Cancel();
            await appended;
        }

        _signal = NewSignal();
    }

    private async Task WakeOnAppendAsync(TaskCompletionSource signal, long applied, CancellationToken stop)
    {
        try
        {
            await log.WaitAsync(partition, applied, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Something else woke the pump first, which is nobody's failure.
        }
        finally
        {
            signal.TrySetResult();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
