using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OrleansAnalytics.Lake;

/// <summary>
/// Makes the names in a folder durable: on Linux a file that was synced and moved may be under its old name, or gone, after the machine has failed, until its
/// folder is synced too. The runtime opens no folders, so the folder is opened by the system's own call and synced by the runtime. Elsewhere nothing is done: the
/// journals of NTFS and APFS keep the order of names and need no such call, or offer none.
/// </summary>
public static class DurableFolder
{
    private const int ReadOnly = 0;

    /// <summary>Creates a folder and those above it that are not there, durably.</summary>
    public static void Create(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        var above = Path.GetDirectoryName(path);
        if (above is not null)
        {
            Create(above);
        }

        Directory.CreateDirectory(path);
        if (above is not null)
        {
            Sync(above);
        }
    }

    /// <summary>Makes durable which files and folders a folder has.</summary>
    /// <exception cref="IOException">It is gone, or its disk has failed.</exception>
    public static void Sync(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var folder = Open(path, ReadOnly);
        if (folder.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();

            // A folder that may be entered and written, but not listed, cannot be opened.
            const int accessDenied = 13;
            if (error == accessDenied)
            {
                return;
            }

            throw new IOException($"{path} cannot be synced: {Marshal.GetPInvokeErrorMessage(error)}");
        }

        RandomAccess.FlushToDisk(folder);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern SafeFileHandle Open(string path, int flags);
}
