using System.Net;
using System.Net.Sockets;

namespace OrleansAnalytics.Hosting;

/// <summary>The address that <c>--advertise</c> names, as an IP address or as a host name: what a container is called is known before its address is.</summary>
internal static class AdvertisedAddress
{
    /// <summary>The address; null if the name has none, or if it is one that stands for all addresses.</summary>
    /// <param name="told">An IP address, or a host name. A name is looked up now; an address that other machines reach goes before loopback, and IPv4 before IPv6.</param>
    public static IPAddress? Find(string told)
    {
        if (IPAddress.TryParse(told, out var address))
        {
            return address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? null : address;
        }

        return Uri.CheckHostName(told) == UriHostNameType.Dns ? LookUp(told) : null;
    }

    private static IPAddress? LookUp(string name)
    {
        try
        {
            return Dns.GetHostAddresses(name).OrderBy(IPAddress.IsLoopback).ThenBy(one => one.AddressFamily != AddressFamily.InterNetwork).FirstOrDefault();
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
