using System.Collections.Immutable;
using System.Net;

namespace OrleansAnalytics.Tests.Simulation;

/// <summary>What a silo knows of the others: how many they are, itself included.</summary>
internal sealed class Silos(int count) : IClusterMembershipService
{
    public ClusterMembershipSnapshot CurrentSnapshot { get; } = new(
        Enumerable.Range(1, count)
            .Select(number => new ClusterMember(SiloAddress.New(IPAddress.Loopback, number, generation: 1), SiloStatus.Active, $"silo {number}"))
            .ToImmutableDictionary(member => member.SiloAddress),
        new MembershipVersion(1));

    public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

    public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> TryKill(SiloAddress siloAddress) => throw new NotSupportedException();
}
