using OrleansAnalytics.Events;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>
/// Knows the ids of the latest entries of a partition. A user is always in one partition, so a window per partition is a window over all events
/// of a user. Forgets by number of entries in log order, never by the clock.
/// </summary>
/// <param name="window">Ids to remember at least.</param>
public sealed class Deduplicator(int window)
{
    private const int SegmentSize = 4096;

    private readonly SegmentedSet<EventId> _ids = new("ids", SegmentSize);

    /// <summary>False if the id is known: the entry is a duplicate.</summary>
    public bool TryAccept(EventId id)
    {
        if (!_ids.Add(id))
        {
            return false;
        }

        _ids.ForgetOldest(window);
        return true;
    }

    /// <summary>Lets the processor fetch what is needed to decide on an id: see <see cref="Ahead"/>.</summary>
    public void Fetch(EventId id) => _ids.Fetch(id);

    /// <inheritdoc cref="IOperator.Capture"/>
    public void Capture(OperatorImage image) => _ids.Capture(image);

    /// <inheritdoc cref="IOperator.Restore"/>
    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts) => _ids.Restore(parts);
}
