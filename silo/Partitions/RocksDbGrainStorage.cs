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
public sealed class RocksDbGrainStorage(RocksDbStateStore store) : IGrainStorage, IObservedStorage
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
        var promise = new Promise();
        Write(stateName, grainId, grainState, promise);
        return promise.Task;
    }

    /// <inheritdoc/>
    public void Write<T>(string stateName, GrainId grainId, IGrainState<T> grainState, IWriteObserver observer)
    {
        var scratch = _scratch ??= new ArrayBufferWriter<byte>();
        scratch.ResetWrittenCount();
        GrainRecord.StateOf(grainState).WriteTo(scratch);
        Queue(stateName, grainId, grainState, scratch.WrittenSpan, removes: false, observer);
    }

    /// <summary>Removes the record under its ETag; leaves the state object as it is.</summary>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var promise = new Promise();
        Queue(stateName, grainId, grainState, [], removes: true, promise);
        return promise.Task;
    }

    private void Queue<T>(string stateName, GrainId grainId, IGrainState<T> grainState, ReadOnlySpan<byte> value, bool removes, IWriteObserver observer)
    {
        Span<byte> buffer = stackalloc byte[GrainRecord.StackKeyBytes];
        var write = GrainWrite<T>.Take();
        write.Begin(stateName, grainId, grainState, observer);
        write.Guard(RocksDbStateStore.Entities, GrainRecord.Key(buffer, stateName, grainId), GrainRecord.ETagOf(grainState), value, removes);
        store.Queue(write);
    }

    /// <summary>One grain's write, which hands the new ETag to the grain's state itself. Serves again once it is answered.</summary>
    private sealed class GrainWrite<T> : StateWrite
    {
        // As many as all partitions may have under way.
        private const int MostFree = 16_384;

        private static readonly Lock Gate = new();
        private static GrainWrite<T>? _free;
        private static int _freeCount;

        private GrainWrite<T>? _next;
        private string _stateName = "";
        private GrainId _grainId;
        private IGrainState<T>? _grainState;
        private IWriteObserver? _observer;

        /// <summary>One that nobody uses: mostly the one that was answered last, as its memory is in the processor's caches.</summary>
        public static GrainWrite<T> Take()
        {
            lock (Gate)
            {
                if (_free is { } free)
                {
                    (_free, free._next) = (free._next, null);
                    _freeCount--;
                    return free;
                }
            }

            return new GrainWrite<T>();
        }

        public void Begin(string stateName, GrainId grainId, IGrainState<T> grainState, IWriteObserver observer) =>
            (_stateName, _grainId, _grainState, _observer) = (stateName, grainId, grainState, observer);

        public override void Fetch(int step)
        {
            if (step == 0)
            {
                Ahead.Fetch(_observer, lines: 3);
                Ahead.Fetch(_grainState);
            }
            else
            {
                _observer?.Fetch(step - 1);
            }
        }

        public override void Succeed()
        {
            // The grain waits for this write before it uses its ETag again.
            GrainRecord.SetETag(_grainState!, NewETag);
            Free().OnWritten(null);
        }

        public override void Fail(Exception exception)
        {
            var failure = exception is ETagConflictException conflict ? GrainRecord.Conflict(_stateName, _grainId, conflict) : exception;
            Free().OnWritten(failure);
        }

        /// <summary>Lets the object serve again; answers who is still to be told.</summary>
        private IWriteObserver Free()
        {
            var observer = _observer!;
            (_observer, _grainState, _grainId, NewETag) = (null, null, default, 0);
            lock (Gate)
            {
                if (_freeCount < MostFree)
                {
                    (_next, _free) = (_free, this);
                    _freeCount++;
                }
            }

            return observer;
        }
    }

    /// <summary>For who wants a task.</summary>
    private sealed class Promise : TaskCompletionSource, IWriteObserver
    {
        public void OnWritten(Exception? failure)
        {
            if (failure is null)
            {
                SetResult();
            }
            else
            {
                SetException(failure);
            }
        }
    }
}
