using System.Threading.Tasks.Sources;

namespace OrleansAnalytics.Partitions;

/// <summary>One turn queued on an activation, and the promise of its answer. The answer is given only after the turn has run.</summary>
/// <typeparam name="TAnswer">What it answers.</typeparam>
/// <param name="entity">The activation.</param>
public abstract class EntityTurn<TAnswer>(ILocalEntity entity) : IValueTaskSource<TAnswer>
{
    private static readonly Action<object> RunTurn = static turn => ((EntityTurn<TAnswer>)turn).Run();

    private ManualResetValueTaskSourceCore<TAnswer> _answer;

    /// <summary>Queues the turn.</summary>
    public ValueTask<TAnswer> Start()
    {
        entity.Enqueue(RunTurn, this);
        return new ValueTask<TAnswer>(this, _answer.Version);
    }

    /// <inheritdoc/>
    public TAnswer GetResult(short token) => _answer.GetResult(token);

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _answer.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _answer.OnCompleted(continuation, state, token, flags);

    /// <summary>What the turn does, on the activation's scheduler.</summary>
    protected abstract ValueTask<TAnswer> Run(ILocalEntity entity);

    /// <summary>The same as a grain call, for an activation that is going.</summary>
    protected abstract ValueTask<TAnswer> Call();

    private void Run()
    {
        try
        {
            var running = entity.IsHere ? Run(entity) : Call();
            if (running.IsCompletedSuccessfully)
            {
                _answer.SetResult(running.Result);
            }
            else
            {
                _ = FinishAsync(running);
            }
        }
        catch (Exception exception)
        {
            _answer.SetException(exception);
        }
    }

    private async Task FinishAsync(ValueTask<TAnswer> running)
    {
        try
        {
            _answer.SetResult(await running);
        }
        catch (Exception exception)
        {
            _answer.SetException(exception);
        }
    }
}
