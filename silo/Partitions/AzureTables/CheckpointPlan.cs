namespace OrleansAnalytics.Partitions;

/// <summary>
/// How a checkpoint is written. If header and parts fit into one transaction, parts are replaced where they are, under the header's ETag. If not, changed parts go to new rows
/// first, which nothing names; then the header names them, and the rows it named before are removed.
/// </summary>
/// <param name="Index">The new index.</param>
/// <param name="Puts">Rows to put, by key.</param>
/// <param name="Deletes">Rows that no index names any more; all of them are there.</param>
/// <param name="IsOneTransaction">All of it fits into one transaction with the header.</param>
internal sealed record CheckpointPlan(CheckpointIndex Index, IReadOnlyList<(string Key, byte[] Value)> Puts, IReadOnlyList<string> Deletes, bool IsOneTransaction)
{
    /// <summary>Plans a write. Takes copies of the parts' bytes.</summary>
    /// <param name="before">The index that is stored.</param>
    /// <param name="write">What is to be stored.</param>
    /// <param name="version">The version of parts that get new rows.</param>
    public static CheckpointPlan Of(CheckpointIndex before, CheckpointWrite write, Guid version)
    {
        var inPlace = Of(before, write, version, inPlace: true);
        return inPlace.IsOneTransaction ? inPlace : Of(before, write, version, inPlace: false);
    }

    private static CheckpointPlan Of(CheckpointIndex before, CheckpointWrite write, Guid version, bool inPlace)
    {
        var parts = new Dictionary<string, StoredPart>(before.Parts, StringComparer.Ordinal);
        var puts = new List<(string Key, byte[] Value)>();
        var obsolete = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in write.Removed.Where(parts.ContainsKey))
        {
            obsolete.UnionWith(parts[name].Keys(name));
            parts.Remove(name);
        }

        foreach (var (name, bytes) in write.Changed)
        {
            var hadOne = before.Parts.TryGetValue(name, out var old);
            if (hadOne)
            {
                obsolete.UnionWith(old.Keys(name));
            }

            var part = new StoredPart(hadOne && inPlace ? old.Version : version, bytes.Length);
            parts[name] = part;
            puts.AddRange(part.Keys(name).Zip(TableValue.Versioned(bytes.Span).Chunk(TableValue.MaxBytes)));
        }

        obsolete.ExceptWith(puts.Select(put => put.Key));
        var index = new CheckpointIndex(write.Position, write.Generation, parts);
        var isOne = inPlace
            && puts.Count + obsolete.Count + 1 <= TableCommitter.MaxOperations
            && puts.Sum(put => (long)TableValue.SizeInTransaction(put.Value.Length)) + (obsolete.Count * 1_500L) + TableValue.SizeInTransaction(index.ToBytes().Length) <= TableCommitter.MaxBytes;
        return new CheckpointPlan(index, puts, [.. obsolete], isOne);
    }
}
