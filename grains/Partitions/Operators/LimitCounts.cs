using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>How often an operator reached a limit, by the limit's name. Part of the checkpoint, so that it is counted once.</summary>
public sealed class LimitCounts
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>A copy to show.</summary>
    public IReadOnlyDictionary<string, long> Snapshot() => new Dictionary<string, long>(_counts);

    /// <summary>Counts one event that a limit made less precise.</summary>
    public void Reached(string limit) => _counts[limit] = _counts.GetValueOrDefault(limit) + 1;

    /// <summary>Writes all counts.</summary>
    public void WriteTo(FormatWriter writer)
    {
        writer.Count(_counts.Count);
        foreach (var (limit, count) in _counts)
        {
            writer.Text(limit);
            writer.Count(count);
        }
    }

    /// <summary>Replaces all counts.</summary>
    public void ReadFrom(ref FormatReader reader)
    {
        _counts.Clear();
        for (var left = reader.Items(); left > 0; left--)
        {
            _counts[reader.RequiredText()] = reader.Count();
        }
    }

    /// <summary>Forgets all counts.</summary>
    public void Clear() => _counts.Clear();
}
