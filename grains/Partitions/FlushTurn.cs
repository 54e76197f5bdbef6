using System.Threading.Tasks.Sources;

namespace OrleansAnalytics.Partitions;

/// <summary>A flush queued as a turn on an activation, and the promise of its answer.</summary>
internal sealed class FlushTurn(ILocalEntity entity, EntityLane lane, int partition, long expected, IEntityChannel calls) : IValueTaskSource<FlushAnswer>
{
    private static readonly Action<object> RunTurn = static turn => _ = ((FlushTurn)turn).RunAsync();

    private ManualResetValueTaskSourceCore<FlushAnswer> _answer;

    /// <summary>Queues the turn.</summary>
    public ValueTask<FlushAnswer> Start()
    {
        entity.Enqueue(RunTurn, this);
        return new ValueTask<FlushAnswer>(this, _answer.Version);
    }

    /// <inheritdoc/>
    public FlushAnswer GetResult(short token) => _answer.GetResult(token);

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _answer.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _answer.OnCompleted(continuation, state, token, flags);

    private async Task RunAsync()
    {
        try
        {
            // An activation that is going cannot promise anything; the call finds the one that follows it.
            _answer.SetResult(await (entity.IsHere ? entity.FlushAsync(partition, expected) : calls.FlushAsync(lane, partition, expected)));
        }
        catch (Exception exception)
        {
            _answer.SetException(exception);
        }
    }
}
