namespace OrleansAnalytics.Partitions;

/// <summary>The entity's half of the protocol as pure decisions.</summary>
public static class EntityProtocol
{
    /// <summary>True if events sent before a slice are missing here.</summary>
    /// <param name="applied">Applied in memory.</param>
    /// <param name="after">The slice's <see cref="Slice.After"/>.</param>
    public static bool IsGap(long applied, long after) => applied < after;

    /// <summary>The index of the first event above <paramref name="applied"/>; the number of events if all are already applied.</summary>
    public static int FirstNew(long applied, ReadOnlySpan<PositionedEvent> events)
    {
        var index = 0;
        while (index < events.Length && events[index].Position <= applied)
        {
            index++;
        }

        return index;
    }

    /// <summary>What a flush must do.</summary>
    /// <param name="applied">Applied in memory.</param>
    /// <param name="durable">Known to be saved.</param>
    /// <param name="expected">The last position the partition sent.</param>
    public static FlushDecision OnFlush(long applied, long durable, long expected) =>
        applied < expected ? FlushDecision.Gap
        : durable >= expected ? FlushDecision.AlreadySaved
        : FlushDecision.Write;
}

/// <summary>What a flush must do.</summary>
public enum FlushDecision : byte
{
    /// <summary>Answer gap: events the partition sent are not here.</summary>
    Gap = 0,

    /// <summary>Nothing to write.</summary>
    AlreadySaved = 1,

    /// <summary>Write the state.</summary>
    Write = 2,
}
