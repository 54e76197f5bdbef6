using System.Buffers;
using System.Globalization;
using Orleans.Storage;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// Grain state that lives and dies with the process, stored as bytes: an activation never shares objects with what is stored.
/// State must be <see cref="IStoredState"/>, else <see cref="NotSupportedException"/>.
/// </summary>
public sealed class InMemoryGrainStorage : IGrainStorage
{
    private readonly Dictionary<(GrainId Grain, string State), (long ETag, byte[] Bytes)> _stored = [];
    private readonly Lock _lock = new();
    private long _lastETag;

    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var state = StateOf(grainState);
        (long ETag, byte[] Bytes) record;
        lock (_lock)
        {
            _stored.TryGetValue((grainId, stateName), out record);
        }

        if (record.Bytes is not null)
        {
            state.ReadFrom(record.Bytes);
        }

        SetETag(grainState, record.ETag);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var bytes = new ArrayBufferWriter<byte>();
        StateOf(grainState).WriteTo(bytes);
        lock (_lock)
        {
            ThrowUnlessCurrent(stateName, grainId, grainState.ETag);
            _stored[(grainId, stateName)] = (++_lastETag, bytes.WrittenSpan.ToArray());
            SetETag(grainState, _lastETag);
        }

        return Task.CompletedTask;
    }

    /// <summary>Removes the record under its ETag; leaves the state object as it is.</summary>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        lock (_lock)
        {
            ThrowUnlessCurrent(stateName, grainId, grainState.ETag);
            _stored.Remove((grainId, stateName));
            SetETag(grainState, 0);
        }

        return Task.CompletedTask;
    }

    private void ThrowUnlessCurrent(string stateName, GrainId grainId, string? etag)
    {
        var stored = _stored.TryGetValue((grainId, stateName), out var record) ? Text(record.ETag) : null;
        if (stored != etag)
        {
            throw new InconsistentStateException($"{grainId} ({stateName}) was written by another activation", stored ?? "none", etag ?? "none");
        }
    }

    private static IStoredState StateOf<T>(IGrainState<T> grainState) => grainState.State as IStoredState
        ?? throw new NotSupportedException($"{typeof(T)} must be a non-null {nameof(IStoredState)} to be stored");

    private static void SetETag<T>(IGrainState<T> grainState, long etag)
    {
        grainState.ETag = etag == 0 ? null : Text(etag);
        grainState.RecordExists = etag != 0;
    }

    private static string Text(long etag) => etag.ToString(CultureInfo.InvariantCulture);
}
