using System.Globalization;

namespace OrleansAnalytics.Tests.Processes;

/// <summary>Which process a loopback connection comes from, as Linux tells it.</summary>
internal static class SocketOwners
{
    private const int LocalAddress = 1;
    private const int RemoteAddress = 2;
    private const int Inode = 9;

    /// <summary>The one of these processes that has connected from one port to another; null if none of them has, or not any more.</summary>
    public static int? Of(int fromPort, int toPort, IEnumerable<int> processes)
    {
        if (InodeOf(fromPort, toPort) is not { } inode)
        {
            return null;
        }

        var socket = $"socket:[{inode}]";
        return processes.Cast<int?>().FirstOrDefault(process => Files($"/proc/{process}/fd").Any(file => File.ResolveLinkTarget(file, returnFinalTarget: false)?.Name == socket));
    }

    private static string? InodeOf(int fromPort, int toPort)
    {
        // The local and the remote address as "0100007F:1F90", the port in hexadecimal.
        foreach (var table in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            foreach (var line in File.ReadLines(table).Skip(1))
            {
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (PortOf(fields[LocalAddress]) == fromPort && PortOf(fields[RemoteAddress]) == toPort)
                {
                    return fields[Inode];
                }
            }
        }

        return null;
    }

    private static int PortOf(string address) => int.Parse(address.AsSpan(address.LastIndexOf(':') + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static string[] Files(string folder)
    {
        try
        {
            return Directory.GetFiles(folder);
        }
        catch (DirectoryNotFoundException)
        {
            // The process has ended.
            return [];
        }
    }
}
