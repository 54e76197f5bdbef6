using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace OrleansAnalytics.Hosting.Profiles;

/// <summary>
/// What every membership that silos share has, wherever its table is: addresses, ids, and how soon a lost silo is missed. Silos listen on loopback, and on the address they
/// advertise if they are told one: what silos say to each other is neither encrypted nor authenticated.
/// </summary>
internal static class SharedMembership
{
    // A silo that has not said that it lives for so many times does not keep others from joining: after a loss of all silos the first one starts at once.
    private const int MissedAlives = 2;

    /// <summary>Adds it.</summary>
    public static void AddTo(ISiloBuilder silo, SiloSettings settings)
    {
        var address = settings.Advertise is { } told && AdvertisedAddress.Find(told) is { } found ? found : IPAddress.Loopback;
        silo.ConfigureEndpoints(address, FreePort.Or(settings.SiloPort), FreePort.Or(settings.GatewayPort));
        if (settings.SiloListenPort != 0)
        {
            silo.Configure<EndpointOptions>(endpoints => endpoints.SiloListeningEndpoint = new IPEndPoint(address, settings.SiloListenPort));
        }

        silo.Services.AddOptions<ClusterOptions>().Configure<IOptions<ClusteringOptions>>((cluster, options) =>
            (cluster.ClusterId, cluster.ServiceId) = (options.Value.ClusterId, options.Value.ServiceId));
        silo.Services.AddOptions<ClusterMembershipOptions>().Configure<IOptions<ClusteringOptions>>((membership, options) =>
        {
            membership.ProbeTimeout = options.Value.ProbeEvery;
            membership.NumMissedProbesLimit = options.Value.MissedProbes;
            membership.IAmAliveTablePublishTimeout = options.Value.AliveEvery;
            membership.TableRefreshTimeout = options.Value.ReadEvery;
            membership.NumMissedTableIAmAliveLimit = MissedAlives;
        });
    }
}
