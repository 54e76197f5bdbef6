using System.Collections.Immutable;
using System.Net;

namespace OrleansAnalytics.Tests.Simulation;

/// <summary>What silos know of each other: that they are not alone.</summary>
internal sealed class TwoSilos : IClusterMembershipService
{
    private static readonly ClusterMembershipSnapshot Both = new(
        Enumerable.Range(1, 2)
            .Select(number => new ClusterMember(SiloAddress.New(IPAddress.Loopback, number, generation: 1), SiloStatus.Active, $"silo {number}"))
            .ToImmutableDictionary(member => member.SiloAddress),
        new MembershipVersion(1));

    public ClusterMembershipSnapshot CurrentSnapshot => Both;

    public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

    public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> TryKill(SiloAddress siloAddress) => throw new NotSupportedException();
}
