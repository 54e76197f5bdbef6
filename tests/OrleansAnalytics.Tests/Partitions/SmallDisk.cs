using System.Runtime.InteropServices;
using OrleansAnalytics.Partitions;
using RocksDbSharp;

namespace OrleansAnalytics.Tests.Partitions;

/// <summary>
/// A disk that can be filled and emptied: a tmpfs of its own where mounting is permitted (root on Linux). Elsewhere a folder, and a quota that
/// <see cref="Write"/> keeps: then the adapters' behaviour is tested against an error of the same kind, but not RocksDB's own recovery from it.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private const int Remount = 32;
    private const int ReadOnly = 1;
    private const int Detach = 2;

    private readonly StorageFolder _folder = new();
    private bool _overQuota;

    public SmallDisk(int megabytes)
    {
        Path = _folder.Next();
        Directory.CreateDirectory(Path);
        IsReal = OperatingSystem.IsLinux() && Mount("tmpfs", Path, "tmpfs", 0, $"size={megabytes}m") == 0;
    }

    /// <summary>Its folder.</summary>
    public string Path { get; }

    /// <summary>True if it is a file system of its own.</summary>
    public bool IsReal { get; }

    private string Filler => System.IO.Path.Combine(Path, "filler");

    /// <summary>Leaves no room, or only so much.</summary>
    public void Fill(long leaving = 0)
    {
        if (!IsReal)
        {
            _overQuota = true;
            return;
        }

        using var filler = File.OpenHandle(Filler, FileMode.Create, FileAccess.Write);
        var block = new byte[4096];
        try
        {
            for (long offset = 0; ; offset += block.Length)
            {
                RandomAccess.Write(filler, block, offset);
            }
        }
        catch (IOException)
        {
            // That was the last of it.
            RandomAccess.SetLength(filler, RandomAccess.GetLength(filler) - leaving);
        }
    }

    /// <summary>Gives the room back.</summary>
    public void Free()
    {
        _overQuota = false;
        File.Delete(Filler);
    }

    /// <summary>A folder on it that cannot be written any more.</summary>
    public string ReadOnlyFolder() =>
        IsReal && Mount("tmpfs", Path, "tmpfs", Remount | ReadOnly, "") == 0 ? System.IO.Path.Combine(Path, "data") : "/proc/orleans-analytics";

    /// <summary>The write for a database on this disk.</summary>
    public void Write(EmbeddedDatabase database, WriteBatch batch)
    {
        if (_overQuota)
        {
            throw new IOException("No space left on device (a quota of the test)");
        }

        database.WriteSynced(batch);
    }

    public void Dispose()
    {
        if (IsReal)
        {
            _ = Unmount(Path, Detach);
        }

        _folder.Dispose();
    }

    [DllImport("libc", EntryPoint = "mount", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Mount(string source, string target, string type, nuint flags, string data);

    [DllImport("libc", EntryPoint = "umount2", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Unmount(string target, int flags);
}
