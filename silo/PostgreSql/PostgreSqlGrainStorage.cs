using System.Buffers;
using System.Threading.Channels;
using Npgsql;
using Orleans.Storage;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.PostgreSql;

/// <summary>
/// Grain state in PostgreSQL, as <see cref="IStoredState"/> writes it; other states are refused with <see cref="NotSupportedException"/>. Writes that wait share one
/// transaction, and reads that wait one statement. The bytes are taken within the call, before anything is awaited. Disposing finishes what is queued.
/// </summary>
public sealed class PostgreSqlGrainStorage : IGrainStorage, IDisposable, IAsyncDisposable
{
    private const string Delete = "DELETE FROM entities WHERE id = @id AND etag = @etag";
    private const string StoredETag = "SELECT etag FROM entities WHERE id = @id";

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _scratch;

    private readonly PostgreSqlDatabase _database;
    private readonly ETagSource _etags;
    private readonly EntityReader _reader;
    private readonly GroupCommitter<EntityWrite, EntityBatch> _committer;

    /// <summary>Begins to wait for reads and writes.</summary>
    /// <param name="database">Where the entities are.</param>
    /// <param name="options">Limits.</param>
    public PostgreSqlGrainStorage(PostgreSqlDatabase database, PostgreSqlOptions options)
    {
        _database = database;
        _etags = new ETagSource(database);
        _reader = new EntityReader(database, options.MaxReadsTogether);
        var writer = new EntityWriter(database, _etags);
        _committer = new GroupCommitter<EntityWrite, EntityBatch>("state in PostgreSQL", options.MaxQueuedWrites, options.GroupCommitMaxBytes, writer, writer.Batch());
    }

    /// <summary>Transactions so far.</summary>
    internal long Groups => _committer.Groups;

    /// <inheritdoc/>
    /// <exception cref="DamagedFormatException">The stored record cannot be read.</exception>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var state = GrainRecord.StateOf(grainState);
        var (etag, data) = await _reader.ReadAsync(Key(stateName, grainId));
        if (etag != 0)
        {
            state.ReadFrom(data);
        }

        GrainRecord.SetETag(grainState, etag);
    }

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var scratch = _scratch ??= new ArrayBufferWriter<byte>();
        scratch.ResetWrittenCount();
        GrainRecord.StateOf(grainState).WriteTo(scratch);
        var write = new GrainWrite<T>(stateName, grainId, grainState, Key(stateName, grainId), scratch.WrittenSpan.ToArray());
        return _committer.TryEnqueue(write) ? write.Done : WaitForRoomAsync(write);
    }

    /// <summary>Removes the record under its ETag; leaves the state object as it is.</summary>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var (key, expected) = (Key(stateName, grainId), GrainRecord.ETagOf(grainState));
        var stored = await _database.RunAsync((connection, cancellationToken) => RemoveAsync(connection, key, expected, cancellationToken));
        if (stored != expected)
        {
            throw GrainRecord.Conflict(stateName, grainId, new ETagConflictException(stored, expected));
        }

        GrainRecord.SetETag(grainState, 0);
    }

    /// <summary>Finishes what is queued.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <inheritdoc cref="Dispose"/>
    public async ValueTask DisposeAsync()
    {
        _committer.Dispose();
        await _reader.DisposeAsync();
        _etags.Dispose();
    }

    private static byte[] Key(string stateName, GrainId grainId)
    {
        Span<byte> buffer = stackalloc byte[GrainRecord.StackKeyBytes];
        return GrainRecord.Key(buffer, stateName, grainId).ToArray();
    }

    /// <summary>The ETag that the record had; the expected one if it was removed.</summary>
    private static async Task<long> RemoveAsync(NpgsqlConnection connection, byte[] key, long expected, CancellationToken cancellationToken)
    {
        await using var delete = new NpgsqlCommand(Delete, connection) { Parameters = { new("id", key), new("etag", expected) } };
        if (await delete.ExecuteNonQueryAsync(cancellationToken) > 0)
        {
            return expected;
        }

        await using var look = new NpgsqlCommand(StoredETag, connection) { Parameters = { new("id", key) } };
        return await look.ExecuteScalarAsync(cancellationToken) is long etag ? etag : 0;
    }

    private async Task WaitForRoomAsync(EntityWrite write)
    {
        try
        {
            await _committer.EnqueueAsync(write, CancellationToken.None);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(PostgreSqlGrainStorage), "the state store is closed");
        }

        await write.Done;
    }

    /// <summary>One grain's write, which hands the new ETag to the grain's state itself.</summary>
    private sealed class GrainWrite<T>(string stateName, GrainId grainId, IGrainState<T> grainState, byte[] key, byte[] data)
        : EntityWrite(key, GrainRecord.ETagOf(grainState), data)
    {
        // The grain waits for this write before it uses its ETag again.
        protected override void OnStored() => GrainRecord.SetETag(grainState, NewETag);

        protected override Exception Explain(ETagConflictException conflict) => GrainRecord.Conflict(stateName, grainId, conflict);
    }
}
