using System.Collections.Immutable;
using System.Net;

namespace OrleansAnalytics.Tests.Simulation;

/// <summary>What a silo knows of the others: how many they are, itself included.</summary>
internal sealed class Silos(int count) : IClusterMembershipService
{
    public ClusterMembershipSnapshot CurrentSnapshot { get; private set; } = Of(count);

    public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

    public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> TryKill(SiloAddress siloAddress) => throw new NotSupportedException();

    /// <summary>There are so many now.</summary>
    public void Grow(int to) => CurrentSnapshot = Of(to);

    private static ClusterMembershipSnapshot Of(int count) => new(
        Enumerable.Range(1, count)
            .Select(number => new ClusterMember(SiloAddress.New(IPAddress.Loopback, number, generation: 1), SiloStatus.Active, $"silo {number}"))
            .ToImmutableDictionary(member => member.SiloAddress),
        new MembershipVersion(count));
}
