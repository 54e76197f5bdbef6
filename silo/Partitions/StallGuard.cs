using System.Globalization;
using RocksDbSharp;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// Writes to a database that may be held up. RocksDB lets writes wait while its buffers are full, and that can be for ever: when they cannot be flushed because the disk
/// is full, it waits for room. A write that would wait for work in the background which has failed is refused here instead; one that only waits for work under way waits.
/// </summary>
internal sealed class StallGuard
{
    private const string Stopped = "rocksdb.is-write-stopped";
    private const string BackgroundErrors = "rocksdb.background-errors";
    private const string HeldUp = "incomplete";

    private readonly string _folder;
    private readonly WriteOptions _waiting = new WriteOptions().SetSync(true);
    private readonly WriteOptions _impatient = new WriteOptions().SetSync(true);

    // Failures in the background that were over when a write went through.
    private long _errorsBefore;
    private volatile bool _wasHeldUp;

    /// <summary>Of the database in this folder.</summary>
    public StallGuard(string folder)
    {
        _folder = folder;
        Native.Instance.rocksdb_writeoptions_set_no_slowdown(_impatient.Handle, 1);
    }

    /// <summary>Writes a batch and syncs it.</summary>
    /// <exception cref="RocksDbException">It may or may not be stored.</exception>
    /// <exception cref="IOException">It is not stored: there is no room for it, and what would make room has failed.</exception>
    public void Write(RocksDb database, WriteBatch batch)
    {
        if (!TryWrite(database, batch))
        {
            _wasHeldUp = true;
            var wait = default(SpinWait);
            while (Number(database, Stopped) != 0)
            {
                if (Number(database, BackgroundErrors) > Volatile.Read(ref _errorsBefore))
                {
                    throw new IOException($"{Reason()}: the database in {_folder} cannot write out its buffers, and tries again by itself");
                }

                wait.SpinOnce(sleep1Threshold: 0);
            }

            // Only slowed down: RocksDB knows for how long.
            database.Write(batch, _waiting);
        }

        if (_wasHeldUp)
        {
            Volatile.Write(ref _errorsBefore, Number(database, BackgroundErrors));
            _wasHeldUp = false;
        }
    }

    private bool TryWrite(RocksDb database, WriteBatch batch)
    {
        try
        {
            database.Write(batch, _impatient);
            return true;
        }
        catch (RocksDbException exception) when (exception.Message.Contains(HeldUp, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }
    }

    private string Reason()
    {
        var free = new DriveInfo(Path.GetFullPath(_folder)).AvailableFreeSpace;
        return free < 1 << 20 ? "No space left on device" : string.Create(CultureInfo.InvariantCulture, $"Writing failed with {free >> 20} MiB free");
    }

    private static long Number(RocksDb database, string property) =>
        long.TryParse(database.GetProperty(property), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
