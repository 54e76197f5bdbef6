using System.Buffers;
using System.Text;
using Orleans.Storage;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// Grain state in an Azure table, as <see cref="IStoredState"/> writes it; other states are refused with <see cref="NotSupportedException"/>. The bytes are taken within the
/// call, before anything is awaited.
/// </summary>
/// <param name="store">The rows.</param>
public sealed class AzureGrainStorage(AzureTableStateStore store) : IGrainStorage
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _scratch;

    /// <inheritdoc/>
    /// <exception cref="DamagedFormatException">The stored record cannot be read.</exception>
    /// <exception cref="IOException">The service does not answer, or refuses.</exception>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var state = StateOf(grainState);
        var stored = await store.ReadAsync(Key(stateName, grainId));
        if (stored is { } found)
        {
            state.ReadFrom(TableValue.Unversioned(found.Value, "grain state row"));
        }

        SetETag(grainState, stored?.ETag);
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">It may or may not be stored.</exception>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var scratch = _scratch ??= new ArrayBufferWriter<byte>();
        scratch.ResetWrittenCount();
        StateOf(grainState).WriteTo(scratch);
        return FinishAsync(stateName, grainId, grainState, store.WriteAsync(Key(stateName, grainId), grainState.ETag, TableValue.Versioned(scratch.WrittenSpan)));
    }

    /// <summary>Removes the record under its ETag; leaves the state object as it is.</summary>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = Key(stateName, grainId);
        if (grainState.ETag is null && await store.ReadAsync(key) is null)
        {
            SetETag(grainState, null);
            return;
        }

        await FinishAsync(stateName, grainId, grainState, store.WriteAsync(key, grainState.ETag ?? "", value: null));
    }

    private static async Task FinishAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, Task<string?> writing)
    {
        try
        {
            // The grain waits for this write before it uses its ETag again.
            SetETag(grainState, await writing);
        }
        catch (TableConflictException conflict)
        {
            throw new InconsistentStateException($"{grainId} ({stateName}) was written by another activation", conflict.Stored ?? "none", conflict.Expected ?? "none");
        }
    }

    /// <summary>Grain type, <c>/</c>, grain key, a zero byte, state name.</summary>
    private static byte[] Key(string stateName, GrainId grainId) =>
        [.. grainId.Type.AsSpan(), (byte)'/', .. grainId.Key.AsSpan(), 0, .. Encoding.UTF8.GetBytes(stateName)];

    private static IStoredState StateOf<T>(IGrainState<T> grainState) => grainState.State as IStoredState
        ?? throw new NotSupportedException($"{typeof(T)} must be a non-null {nameof(IStoredState)} to be stored");

    private static void SetETag<T>(IGrainState<T> grainState, string? etag)
    {
        grainState.ETag = etag;
        grainState.RecordExists = etag is not null;
    }
}
