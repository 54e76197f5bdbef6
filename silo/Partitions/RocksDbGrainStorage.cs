using System.Buffers;
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
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _scratch;

    /// <inheritdoc/>
    /// <exception cref="DamagedFormatException">The stored record cannot be read.</exception>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var state = GrainRecord.StateOf(grainState);
        byte[]? stored;
        Span<byte> buffer = stackalloc byte[GrainRecord.StackKeyBytes];
        using (var lease = store.Enter())
        {
            try
            {
                stored = lease.Db.Get(GrainRecord.Key(buffer, stateName, grainId), lease.Db.GetColumnFamily(RocksDbStateStore.Entities));
            }
            catch (RocksDbSharpException exception) when (exception.Message.StartsWith("Corruption", StringComparison.Ordinal))
            {
                throw new DamagedFormatException(exception.Message);
            }
        }

        if (stored is null)
        {
            GrainRecord.SetETag(grainState, 0);
            return Task.CompletedTask;
        }

        var reader = new FormatReader(stored);
        reader.Version(StateWriter.FormatVersion, "grain state record");
        var etag = (long)reader.Fixed64();
        state.ReadFrom(reader.Take(reader.Remaining));
        GrainRecord.SetETag(grainState, etag);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var scratch = _scratch ??= new ArrayBufferWriter<byte>();
        scratch.ResetWrittenCount();
        GrainRecord.StateOf(grainState).WriteTo(scratch);
        Span<byte> buffer = stackalloc byte[GrainRecord.StackKeyBytes];
        return store.WriteAsync(
            new GrainWrite<T>(stateName, grainId, grainState, GrainRecord.Key(buffer, stateName, grainId), scratch.WrittenSpan, removes: false), CancellationToken.None);
    }

    /// <summary>Removes the record under its ETag; leaves the state object as it is.</summary>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Span<byte> buffer = stackalloc byte[GrainRecord.StackKeyBytes];
        return store.WriteAsync(
            new GrainWrite<T>(stateName, grainId, grainState, GrainRecord.Key(buffer, stateName, grainId), [], removes: true), CancellationToken.None);
    }

    /// <summary>One grain's write, which hands the new ETag to the grain's state itself: one promise for each write and no more.</summary>
    private sealed class GrainWrite<T> : StateWrite
    {
        private readonly string _stateName;
        private readonly GrainId _grainId;
        private readonly IGrainState<T> _grainState;

        public GrainWrite(string stateName, GrainId grainId, IGrainState<T> grainState, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool removes)
        {
            (_stateName, _grainId, _grainState) = (stateName, grainId, grainState);
            Guard(RocksDbStateStore.Entities, key, GrainRecord.ETagOf(grainState), value, removes);
        }

        // The grain waits for this write before it uses its ETag again.
        protected override void OnStored() => GrainRecord.SetETag(_grainState, NewETag);

        protected override Exception Explain(Exception exception) => exception is ETagConflictException conflict
            ? GrainRecord.Conflict(_stateName, _grainId, conflict)
            : exception;
    }
}
