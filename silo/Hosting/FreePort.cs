using System.Net;
using System.Net.Sockets;

namespace OrleansAnalytics.Hosting;

/// <summary>Ports for a node that nobody needs to find.</summary>
internal static class FreePort
{
    /// <summary><paramref name="port"/>, or if it is 0 a port that was free a moment ago.</summary>
    public static int Or(int port)
    {
        if (port != 0)
        {
            return port;
        }

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
