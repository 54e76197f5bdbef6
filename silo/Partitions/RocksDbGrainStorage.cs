using System.Buffers;
using System.Globalization;
using System.Text;
using Orleans.Storage;
using OrleansAnalytics.Formats;
using RocksDbSharp;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// Grain state in the embedded database, as <see cref="IStoredState"/> writes it; other states are refused with <see cref="NotSupportedException"/>.
/// Key = grain type, <c>/</c>, grain key, a zero byte, state name. The bytes are taken within the call, before anything is awaited.
/// </summary>
/// <param name="store">The database.</param>
public sealed class RocksDbGrainStorage(RocksDbStateStore store) : IGrainStorage
{
    private const int StackKeyBytes = 256;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _scratch;

    /// <inheritdoc/>
    /// <exception cref="DamagedFormatException">The stored record cannot be read.</exception>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var state = StateOf(grainState);
        byte[]? stored;
        Span<byte> buffer = stackalloc byte[StackKeyBytes];
        using (var lease = store.Enter())
        {
            try
            {
                stored = lease.Db.Get(Key(buffer, stateName, grainId), lease.Db.GetColumnFamily(RocksDbStateStore.Entities));
            }
            catch (RocksDbSharpException exception) when (exception.Message.StartsWith("Corruption", StringComparison.Ordinal))
            {
                throw new DamagedFormatException(exception.Message);
            }
        }

        if (stored is null)
        {
            SetETag(grainState, 0);
            return Task.CompletedTask;
        }

        var reader = new FormatReader(stored);
        reader.Version(StateWriter.FormatVersion, "grain state record");
        var etag = (long)reader.Fixed64();
        state.ReadFrom(reader.Take(reader.Remaining));
        SetETag(grainState, etag);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var scratch = _scratch ??= new ArrayBufferWriter<byte>();
        scratch.ResetWrittenCount();
        StateOf(grainState).WriteTo(scratch);
        Span<byte> buffer = stackalloc byte[StackKeyBytes];
        return store.WriteAsync(
            new GrainWrite<T>(stateName, grainId, grainState, Key(buffer, stateName, grainId), scratch.WrittenSpan, removes: false), CancellationToken.None);
    }

    /// <summary>Removes the record under its ETag; leaves the state object as it is.</summary>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Span<byte> buffer = stackalloc byte[StackKeyBytes];
        return store.WriteAsync(
            new GrainWrite<T>(stateName, grainId, grainState, Key(buffer, stateName, grainId), [], removes: true), CancellationToken.None);
    }

    private static ReadOnlySpan<byte> Key(Span<byte> buffer, string stateName, GrainId grainId)
    {
        var type = grainId.Type.AsSpan();
        var key = grainId.Key.AsSpan();
        var length = type.Length + key.Length + 2 + Encoding.UTF8.GetByteCount(stateName);
        buffer = length <= buffer.Length ? buffer[..length] : new byte[length];
        type.CopyTo(buffer);
        buffer[type.Length] = (byte)'/';
        key.CopyTo(buffer[(type.Length + 1)..]);
        buffer[type.Length + 1 + key.Length] = 0;
        Encoding.UTF8.GetBytes(stateName, buffer[(type.Length + key.Length + 2)..]);
        return buffer;
    }

    private static IStoredState StateOf<T>(IGrainState<T> grainState) => grainState.State as IStoredState
        ?? throw new NotSupportedException($"{typeof(T)} must be a non-null {nameof(IStoredState)} to be stored");

    // An ETag that this storage never gave can match no record; -2 is none.
    private static long ETagOf<T>(IGrainState<T> grainState) => grainState.ETag is null ? 0
        : long.TryParse(grainState.ETag, NumberStyles.None, CultureInfo.InvariantCulture, out var etag) && etag > 0 ? etag : -2;

    private static void SetETag<T>(IGrainState<T> grainState, long etag)
    {
        grainState.ETag = Text(etag);
        grainState.RecordExists = etag != 0;
    }

    private static string? Text(long etag) => etag == 0 ? null : etag.ToString(CultureInfo.InvariantCulture);

    /// <summary>One grain's write, which hands the new ETag to the grain's state itself: one promise for each write and no more.</summary>
    private sealed class GrainWrite<T> : StateWrite
    {
        private readonly string _stateName;
        private readonly GrainId _grainId;
        private readonly IGrainState<T> _grainState;

        public GrainWrite(string stateName, GrainId grainId, IGrainState<T> grainState, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool removes)
        {
            (_stateName, _grainId, _grainState) = (stateName, grainId, grainState);
            Guard(RocksDbStateStore.Entities, key, ETagOf(grainState), value, removes);
        }

        // The grain waits for this write before it uses its ETag again.
        protected override void OnStored() => SetETag(_grainState, NewETag);

        protected override Exception Explain(Exception exception) => exception is ETagConflictException conflict
            ? new InconsistentStateException(
                $"{_grainId} ({_stateName}) was written by another activation", Text(conflict.Stored) ?? "none", Text(conflict.Expected) ?? "none")
            : exception;
    }
}
