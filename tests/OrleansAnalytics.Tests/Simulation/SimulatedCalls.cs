using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Tests.Simulation;

/// <summary>Grain calls, as far as Orleans promises anything: one that is lost, or whose answer is lost, is given up after 30 seconds and may still arrive later; one may arrive twice.</summary>
internal sealed class SimulatedCalls(World world) : IEntityChannel
{
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(30);

    public ValueTask<SliceAnswer> ApplyAsync(EntityLane lane, Slice slice) => new(CallAsync("slice for", lane, entity => entity.ApplyAsync(slice)));

    public ValueTask<FlushAnswer> FlushAsync(EntityLane lane, int partition, long expected) => new(CallAsync("flush of", lane, entity => entity.FlushAsync(partition, expected)));

    private async Task<T> CallAsync<T>(string what, EntityLane lane, Func<SimulatedEntity, ValueTask<T>> call)
    {
        var answer = new TaskCompletionSource<T>();
        using var timeout = world.Time.CreateTimer(_ => answer.TrySetException(new TimeoutException(what + " took too long")), null, ResponseTimeout, Timeout.InfiniteTimeSpan);
        var arrivals = world.Faults.Strikes(Fault.CallLost, lane.Key) ? 0 : world.Faults.Strikes(Fault.CallDoubled, lane.Key) ? 2 : 1;
        for (; arrivals > 0; arrivals--)
        {
            world.Later(what, lane.Key, () => Arrive(what, world.Truth.IndexOf(lane.Key), call, answer));
        }

        return await answer.Task;
    }

    private void Arrive<T>(string what, int entity, Func<SimulatedEntity, ValueTask<T>> call, TaskCompletionSource<T> answer)
    {
        var activation = world.Cluster.Reach(entity);
        if (activation.State == ActivationState.Deactivating && !activation.Silo.Dead)
        {
            if (world.Faults.Active && world.Chance.OneIn(4))
            {
                world.Cluster.Forget(activation);
            }

            world.Later(what, activation, () => Arrive(what, entity, call, answer));
            return;
        }

        activation.Call(
            async void () =>
            {
                try
                {
                    var said = await call(activation.Grain);
                    Answer(what, activation, () => answer.TrySetResult(said));
                }
                catch (Exception exception)
                {
                    Answer(what, activation, () => answer.TrySetException(exception));
                }
            },
            exception => Answer(what, activation, () => answer.TrySetException(exception)));
    }

    private void Answer(string what, Activation activation, Action give)
    {
        if (!world.Faults.Strikes(Fault.AnswerLost, activation))
        {
            world.Later("answer to " + what, activation, give);
        }
    }
}
