using System.Globalization;

namespace OrleansAnalytics.Ingest;

/// <summary>The identity of a dead letter. As text: <c>partition-position</c> or <c>partition-position-entity</c>.</summary>
/// <param name="Partition">The partition whose log holds the record.</param>
/// <param name="Position">Its position there.</param>
/// <param name="Entity">The entity that could not fold it, or empty.</param>
public readonly record struct DeadLetterKey(int Partition, long Position, string Entity = "")
{
    /// <summary>Reads what <see cref="ToString"/> writes; false if it is none.</summary>
    public static bool TryParse(string text, out DeadLetterKey key)
    {
        var parts = text.Split('-', 3);
        key = default;
        if (parts.Length < 2
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
            || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var position))
        {
            return false;
        }

        key = new DeadLetterKey(partition, position, parts.Length == 3 ? parts[2] : "");
        return true;
    }

    /// <summary>The order of listings: partition, position, entity. Negative if this one comes first.</summary>
    public int CompareTo(DeadLetterKey other)
    {
        var byPlace = (Partition, Position).CompareTo((other.Partition, other.Position));
        return byPlace != 0 ? byPlace : string.CompareOrdinal(Entity, other.Entity);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        Entity.Length == 0 ? string.Create(CultureInfo.InvariantCulture, $"{Partition}-{Position}") : string.Create(CultureInfo.InvariantCulture, $"{Partition}-{Position}-{Entity}");
}
