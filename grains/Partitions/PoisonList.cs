using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Partitions;

/// <summary>Events after the checkpoint that an entity could not fold. They are in the dead letters, and a replay passes them over for that entity.</summary>
public sealed class PoisonList
{
    private const int PageSize = 1000;

    private readonly HashSet<(string Entity, long Position)> _events = [];

    /// <summary>True if the entity cannot fold the event at <paramref name="position"/>.</summary>
    public bool Contains(EntityKey entity, long position) => _events.Count > 0 && _events.Contains((entity.ToString(), position));

    /// <summary>Replaces the list by what the store has after <paramref name="after"/>.</summary>
    public async ValueTask LoadAsync(IDeadLetterStore store, int partition, long after, CancellationToken cancellationToken)
    {
        _events.Clear();
        IReadOnlyList<DeadLetter> page;
        do
        {
            page = await store.ListAsync(new DeadLetterQuery(partition, RejectReason.Poison, partition, after, PageSize) { IncludeRemoved = true }, cancellationToken);
            foreach (var letter in page)
            {
                _events.Add((letter.Entity, letter.Position));
                // Several entities may refuse one event, so the next page begins with the last position again.
                after = letter.Position - 1;
            }
        }
        while (page.Count == PageSize);
    }
}
