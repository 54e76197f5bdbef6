using RocksDbSharp;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// One RocksDB database and the rule that nobody touches native memory after it is gone: every use takes a <see cref="Lease"/>,
/// and closing waits for the leases that are out. Safe for concurrent use.
/// </summary>
internal sealed class EmbeddedDatabase : IDisposable
{
    private readonly RocksDb _db;
    private readonly string _folder;
    private readonly StallGuard _writer;
    private readonly ManualResetEventSlim _unused = new();

    // Leases that are out; closing subtracts ClosedBias, so that a negative number means closed.
    private long _leases;
    private const long ClosedBias = 1L << 40;

    private EmbeddedDatabase(RocksDb db, string folder)
    {
        _db = db;
        _folder = folder;
        _writer = new StallGuard(folder);
    }

    /// <summary>Opens or creates a database.</summary>
    /// <param name="folder">Its folder; created if missing.</param>
    /// <param name="columns">Its column families.</param>
    /// <param name="recovery">What to do when the write-ahead log is damaged.</param>
    /// <exception cref="IOException">The folder cannot be written, is in use by another process, or its files are damaged.</exception>
    public static EmbeddedDatabase Open(string folder, ColumnFamilies columns, Recovery recovery)
    {
        CreateFolder(folder);
        var options = new DbOptions()
            .SetCreateIfMissing(true)
            .SetCreateMissingColumnFamilies(true)
            .SetWalRecoveryMode(recovery)
            .SetMaxBackgroundCompactions(2)
            .SetBytesPerSync(1 << 20)
            .SetInfoLogLevel(InfoLogLevel.Warn)
            .SetKeepLogFileNum(4)
            .SetStatsDumpPeriodSec(0);
        try
        {
            return new EmbeddedDatabase(RocksDb.Open(options, folder, columns), folder);
        }
        catch (RocksDbException exception) when (exception.Message.Contains("/LOCK", StringComparison.Ordinal) || exception.Message.Contains("\\LOCK", StringComparison.Ordinal))
        {
            throw new IOException($"data folder {folder} is in use by another process", exception);
        }
        catch (RocksDbException exception)
        {
            throw new IOException($"data folder {folder} cannot be opened: {exception.Message}", exception);
        }
    }

    /// <summary>The right to use the database until the lease is disposed, exactly once.</summary>
    /// <exception cref="ObjectDisposedException">The database is closed.</exception>
    public Lease Enter()
    {
        if (Interlocked.Increment(ref _leases) < 0)
        {
            Exit();
            throw new ObjectDisposedException(_folder, $"the database in {_folder} is closed");
        }

        return new Lease(this);
    }

    /// <summary>Writes a batch and syncs it.</summary>
    /// <exception cref="RocksDbException">It may or may not be stored.</exception>
    /// <exception cref="IOException">It is not stored: the database cannot write out its buffers, as on a full disk.</exception>
    /// <exception cref="ObjectDisposedException">The database is closed.</exception>
    public void WriteSynced(WriteBatch batch)
    {
        using var lease = Enter();
        _writer.Write(lease.Db, batch);
    }

    /// <summary>The batch of a group commit into this database.</summary>
    /// <param name="write">A write of a test's own around the real one; null for the real one.</param>
    public CommitBatch<WriteBatch> Batch(Action<EmbeddedDatabase, WriteBatch>? write) => new(
        new WriteBatch(), batch => batch.AsSpan().Length, batch => batch.Clear(), write is null ? WriteSynced : batch => write(this, batch));

    /// <summary>Waits for the leases that are out and closes; every later use throws.</summary>
    public void Dispose()
    {
        while (true)
        {
            var leases = Volatile.Read(ref _leases);
            if (leases < 0)
            {
                return;
            }

            if (Interlocked.CompareExchange(ref _leases, leases - ClosedBias, leases) != leases)
            {
                continue;
            }

            if (leases > 0)
            {
                _unused.Wait();
            }

            _db.Dispose();
            return;
        }
    }

    private void Exit()
    {
        if (Interlocked.Decrement(ref _leases) == -ClosedBias)
        {
            _unused.Set();
        }
    }

    private static void CreateFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var probe = Path.Combine(folder, ".writable");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new IOException($"data folder {folder} cannot be written: {exception.Message}", exception);
        }
    }

    /// <summary>See <see cref="Enter"/>.</summary>
    internal readonly struct Lease(EmbeddedDatabase database) : IDisposable
    {
        /// <summary>The database; not to be kept.</summary>
        public RocksDb Db => database._db;

        /// <summary>Gives the right back.</summary>
        public void Dispose() => database.Exit();
    }
}
