namespace OrleansAnalytics.Snapshots;

/// <summary>What snapshots there are.</summary>
public static class SnapshotList
{
    /// <summary>The manifests of the latest snapshots of a kind, the latest first.</summary>
    /// <param name="store">Where they are.</param>
    /// <param name="kind">Which kind.</param>
    /// <param name="limit">So many at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="System.Text.Json.JsonException">A manifest cannot be read.</exception>
    public static async Task<IReadOnlyList<PeriodManifest>> LatestAsync(ISnapshotStore store, PeriodKind kind, int limit, CancellationToken cancellationToken = default)
    {
        var manifests = new List<PeriodManifest>();
        foreach (var period in (await store.EventsAsync(kind, cancellationToken)).Keys.OrderByDescending(period => period.Start).Take(limit))
        {
            if (await store.FindAsync(period, cancellationToken) is { } manifest)
            {
                manifests.Add(manifest);
            }
        }

        return manifests;
    }
}
