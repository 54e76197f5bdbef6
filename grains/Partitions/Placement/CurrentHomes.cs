using OrleansAnalytics.Events;

namespace OrleansAnalytics.Partitions.Placement;

/// <summary>The homes among the silos that are active now, as far as this silo knows. One per silo.</summary>
/// <param name="membership">Who is active.</param>
/// <param name="silo">This silo, which counts as active while nobody is.</param>
/// <param name="log">Has the number of partitions.</param>
public sealed class CurrentHomes(IClusterMembershipService membership, ILocalSiloDetails silo, IEventLog log)
{
    private volatile Seen? _seen;

    /// <summary>This silo.</summary>
    public SiloAddress Here => silo.SiloAddress;

    /// <summary>The homes as of the membership known now; the same instance until it changes.</summary>
    public Homes Get()
    {
        var snapshot = membership.CurrentSnapshot;
        var seen = _seen;
        if (seen is null || !ReferenceEquals(seen.Snapshot, snapshot))
        {
            _seen = seen = new Seen(snapshot, Of(snapshot));
        }

        return seen.Homes;
    }

    private Homes Of(ClusterMembershipSnapshot snapshot)
    {
        var active = snapshot.Members.Values.Where(member => member.Status == SiloStatus.Active).Select(member => member.SiloAddress).ToArray();
        return new Homes(active.Length > 0 ? active : [Here], log.PartitionCount);
    }

    private sealed record Seen(ClusterMembershipSnapshot Snapshot, Homes Homes);
}
