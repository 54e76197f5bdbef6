using System.Net;
using Orleans.Configuration;

namespace OrleansAnalytics.Hosting.Profiles;

/// <summary>One silo by itself, on loopback; reminders live as long as it does.</summary>
internal static class LocalhostCluster
{
    private const string Id = "orleans-analytics";

    /// <summary>Adds membership and reminders.</summary>
    public static void AddTo(ISiloBuilder silo, SiloSettings settings)
    {
        var siloPort = FreePort.Or(settings.SiloPort);
        silo.UseLocalhostClustering(siloPort, FreePort.Or(settings.GatewayPort), new IPEndPoint(IPAddress.Loopback, siloPort), Id, Id);
        silo.Configure<EndpointOptions>(endpoints => endpoints.AdvertisedIPAddress = IPAddress.Loopback);
        silo.UseInMemoryReminderService();
    }
}
