using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Events;

/// <summary>How damage of the log is told, in dead letters and in a partition's last trouble.</summary>
public static class DamagedPositions
{
    /// <summary>What stands for the entity in such a dead letter: one that the record at that position already has must stay.</summary>
    public const string Entity = "log";

    /// <summary>The storage does not have these positions, inclusive, any more.</summary>
    public static string Missing(long first, long last) => $"positions {first} to {last} were acknowledged and are no longer in the log";

    /// <summary>A batch that <see cref="EventBatchReader"/> could not read.</summary>
    public static string Of(LogBatch batch, DamagedFormatException exception) => batch.Bytes.IsEmpty
        ? Missing(batch.FirstPosition, batch.LastPosition)
        : $"positions {batch.FirstPosition} to {batch.LastPosition} cannot be read: {exception.Message}";
}
