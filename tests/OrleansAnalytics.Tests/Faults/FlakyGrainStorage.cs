using System.Buffers;
using Orleans.Storage;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Tests.Faults;

/// <summary>Grain storage that fails as databases do: a write that threw may have happened, or may happen later, under the ETag it was made with.</summary>
internal sealed class FlakyGrainStorage(IGrainStorage inner, FaultPlan plan) : IGrainStorage
{
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var fault = plan.Next("read state", grainId.ToString(), FaultPlan.OfReads);
        return plan.RunAsync(
            fault,
            async () =>
            {
                await inner.ReadStateAsync(stateName, grainId, grainState);
                return true;
            },
            what => Failure(grainId, what));
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        // Bytes and ETag as they are at the call: the activation goes on folding, and after a failure it must see nothing of a late success.
        var copy = Copied(grainState);
        var fault = plan.Next("write state", grainId.ToString(), FaultPlan.OfWrites);
        await plan.RunAsync(
            fault,
            async () =>
            {
                await inner.WriteStateAsync(stateName, grainId, copy);
                return true;
            },
            what => Failure(grainId, what));
        (grainState.ETag, grainState.RecordExists) = (copy.ETag, copy.RecordExists);
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var copy = Copied(grainState);
        var fault = plan.Next("clear state", grainId.ToString(), FaultPlan.OfWrites);
        await plan.RunAsync(
            fault,
            async () =>
            {
                await inner.ClearStateAsync(stateName, grainId, copy);
                return true;
            },
            what => Failure(grainId, what));
        (grainState.ETag, grainState.RecordExists) = (copy.ETag, copy.RecordExists);
    }

    private static GrainState<StoredBytes> Copied<T>(IGrainState<T> grainState)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var state = grainState.State as IStoredState ?? throw new NotSupportedException($"{typeof(T)} must be a non-null {nameof(IStoredState)} to be stored");
        state.WriteTo(bytes);
        return new GrainState<StoredBytes>(new StoredBytes(bytes.WrittenSpan.ToArray()), grainState.ETag) { RecordExists = grainState.RecordExists };
    }

    private static IOException Failure(GrainId grain, string what) => new($"{grain}: a call to the storage {what}");

    private sealed class StoredBytes(byte[] bytes) : IStoredState
    {
        public void WriteTo(IBufferWriter<byte> output) => output.Write(bytes);

        public void ReadFrom(ReadOnlySpan<byte> stored) => throw new NotSupportedException("only made to be written");
    }
}
