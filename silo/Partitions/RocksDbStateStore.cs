using System.Threading.Channels;
using Microsoft.Extensions.Options;
using RocksDbSharp;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// The embedded state database: entities, checkpoints and dead letters, in column families of their own, behind one group commit.
/// Disposing finishes what is queued; afterwards every use throws <see cref="ObjectDisposedException"/>.
/// </summary>
public sealed class RocksDbStateStore : IDisposable
{
    internal const string Entities = "entities";
    internal const string Checkpoints = "checkpoints";
    internal const string DeadLetters = "dead-letters";
    internal const string RemovedDeadLetters = "dead-letters-removed";
    internal const string Default = "default";

    private readonly EmbeddedDatabase _database;
    private readonly GroupCommitter<StateWrite, WriteBatch> _committer;
    private readonly string _folder;

    /// <summary>Opens or creates the database.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="options">Limits.</param>
    /// <exception cref="IOException">The folder cannot be written, is in use by another process, or its files are damaged.</exception>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    public RocksDbStateStore(string folder, StateStoreOptions options)
        : this(folder, options, write: null)
    {
    }

    /// <summary>With a write of the test's own around the real one.</summary>
    internal RocksDbStateStore(string folder, StateStoreOptions options, Action<EmbeddedDatabase, WriteBatch>? write)
    {
        var valid = new StateStoreOptionsValidator().Validate(null, options);
        if (valid.Failed)
        {
            throw new OptionsValidationException(nameof(StateStoreOptions), typeof(StateStoreOptions), valid.Failures);
        }

        _folder = folder;

        // Falling back to an earlier moment is safe: checkpoints follow the entities they cover, and the partitions read on from there. Leaving out single
        // writes is not: a checkpoint could then cover an entity that lost its events.
        _database = EmbeddedDatabase.Open(folder, Columns(options), Recovery.PointInTime);
        _committer = new GroupCommitter<StateWrite, WriteBatch>(
            "state store",
            options.MaxQueuedWrites,
            options.GroupCommitMaxBytes,
            new StateWriter(_database),
            _database.Batch(write));
    }

    /// <summary>Synced writes so far.</summary>
    internal long Groups => _committer.Groups;

    /// <summary>See <see cref="EmbeddedDatabase.Enter"/>.</summary>
    internal EmbeddedDatabase.Lease Enter() => _database.Enter();

    /// <summary>Queues a write and completes when it is durable; see <see cref="PromisedWrite.Done"/>.</summary>
    internal async Task<long> WriteAsync(PromisedWrite write, CancellationToken cancellationToken)
    {
        if (!_committer.TryEnqueue(write))
        {
            await WaitForRoomAsync(write, cancellationToken);
        }

        return await write.Done;
    }

    /// <summary>Queues a write, which is told how it ended.</summary>
    internal void Queue(StateWrite write)
    {
        if (!_committer.TryEnqueue(write))
        {
            _ = QueueOnceThereIsRoomAsync(write);
        }
    }

    private async Task QueueOnceThereIsRoomAsync(StateWrite write)
    {
        try
        {
            await WaitForRoomAsync(write, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            write.Release();
            write.Fail(exception);
        }
    }

    private async ValueTask WaitForRoomAsync(StateWrite write, CancellationToken cancellationToken)
    {
        try
        {
            await _committer.EnqueueAsync(write, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(_folder, $"the database in {_folder} is closed");
        }
    }

    /// <summary>Finishes what is queued and closes the database.</summary>
    public void Dispose()
    {
        _committer.Dispose();
        _database.Dispose();
    }

    private static ColumnFamilies Columns(StateStoreOptions options)
    {
        var cache = Cache.CreateLru((ulong)options.BlockCacheBytes);
        var entities = new ColumnFamilyOptions()
            .SetWriteBufferSize((ulong)options.WriteBufferBytes)
            .SetMaxWriteBufferNumber(3)
            .SetLevelCompactionDynamicLevelBytes(true)
            .SetPrefixExtractor(SliceTransform.CreateNoOp())
            .SetMemtablePrefixBloomSizeRatio(0.05)
            .SetCompression(Compression.Lz4)
            .SetBlockBasedTableFactory(new BlockBasedTableOptions()
                .SetFilterPolicy(BloomFilterPolicy.Create(10, false))
                .SetBlockSize(16 << 10)
                .SetBlockCache(cache));
        var checkpoints = new ColumnFamilyOptions()
            .SetWriteBufferSize((ulong)options.WriteBufferBytes)
            .SetCompression(Compression.Lz4)
            .SetBlockBasedTableFactory(new BlockBasedTableOptions().SetBlockCache(cache));
        var deadLetters = new ColumnFamilyOptions()
            .SetWriteBufferSize(8 << 20)
            .SetCompression(Compression.Zstd)
            .SetBlockBasedTableFactory(new BlockBasedTableOptions().SetBlockCache(cache));
        return new ColumnFamilies(new ColumnFamilyOptions().SetWriteBufferSize(1 << 20))
        {
            { Entities, entities }, { Checkpoints, checkpoints }, { DeadLetters, deadLetters },
            { RemovedDeadLetters, new ColumnFamilyOptions().SetWriteBufferSize(1 << 20) },
        };
    }
}
