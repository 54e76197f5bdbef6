using System.Globalization;
using RocksDbSharp;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// Writes to a database that may be held up. RocksDB lets writes wait while it cannot write out its buffers or merge its files as fast as they come, and on a full disk
/// that is for ever. So nothing waits within RocksDB: a write that it would hold up is tried again here until what holds it up is done, and refused if that has failed.
/// </summary>
internal sealed class StallGuard
{
    private const string Stopped = "rocksdb.is-write-stopped";
    private const string DelayedRate = "rocksdb.actual-delayed-write-rate";
    private const string BackgroundErrors = "rocksdb.background-errors";
    private const string HeldUp = "incomplete";

    // RocksDB merges no more than some files of 64 MiB at once, and needs as much room for the merged ones.
    private const long MostRoomToMerge = 2L << 30;

    private readonly string _folder;
    private readonly WriteOptions _impatient = new WriteOptions().SetSync(true);

    // Failures in the background that were over when nothing was held up any more.
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
    /// <exception cref="IOException">It is not stored: it is held up, and what would end that has failed.</exception>
    public void Write(RocksDb database, WriteBatch batch)
    {
        if (!TryWrite(database, batch))
        {
            _wasHeldUp = true;
            WriteOnceThereIsRoom(database, batch);
        }

        if (_wasHeldUp && !IsHeldUp(database))
        {
            Volatile.Write(ref _errorsBefore, Number(database, BackgroundErrors));
            _wasHeldUp = false;
        }
    }

    private void WriteOnceThereIsRoom(RocksDb database, WriteBatch batch)
    {
        var wait = default(SpinWait);
        var errorsAtFirst = Number(database, BackgroundErrors);
        do
        {
            // Buffers that could not be written out are only tried again when there is room. Files that could not be merged are tried again every second: if that
            // goes well now, the write has to wait for it.
            if (Number(database, BackgroundErrors) > (Number(database, Stopped) != 0 ? Volatile.Read(ref _errorsBefore) : errorsAtFirst))
            {
                throw new IOException($"{Reason()}: the database in {_folder} cannot write out its buffers or merge its files, and tries again by itself");
            }

            wait.SpinOnce(sleep1Threshold: 0);
        }
        while (IsHeldUp(database) || !TryWrite(database, batch));
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
        var folder = new DirectoryInfo(_folder);
        var free = new DriveInfo(folder.FullName).AvailableFreeSpace;
        var wanted = (1L << 20) + Math.Min(MostRoomToMerge, folder.EnumerateFiles("*.sst").Sum(static file => file.Exists ? file.Length : 0));
        return string.Create(CultureInfo.InvariantCulture, $"{(free < wanted ? "No space left on device" : "Writing failed")} ({free >> 20} MiB free)");
    }

    private static bool IsHeldUp(RocksDb database) => Number(database, Stopped) != 0 || Number(database, DelayedRate) != 0;

    private static long Number(RocksDb database, string property) =>
        long.TryParse(database.GetProperty(property), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
