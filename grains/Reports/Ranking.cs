using OrleansAnalytics.Events;

namespace OrleansAnalytics.Reports;

/// <summary>
/// Named tallies in an order that does not depend on how they were stored: highest score first, equal scores by time if the tallies know one, then by name.
/// </summary>
internal sealed class Ranking<TTally>
    where TTally : new()
{
    private readonly (string Name, TTally Tally, long Score)[] _entries;
    private readonly Action<TTally, TTally> _add;

    /// <summary>
    /// Ranks <paramref name="tallies"/> by <paramref name="score"/>; <paramref name="add"/> adds the second to the first; of equal scores the one with the
    /// lowest <paramref name="timeMs"/> comes first.
    /// </summary>
    public Ranking(IEnumerable<KeyValuePair<string, TTally>> tallies, Func<TTally, long> score, Action<TTally, TTally> add, Func<TTally, long>? timeMs = null)
    {
        _add = add;
        _entries = tallies.Select(entry => (entry.Key, entry.Value, score(entry.Value))).ToArray();
        Array.Sort(_entries, (left, right) =>
        {
            var order = right.Score.CompareTo(left.Score);
            if (order == 0 && timeMs is not null)
            {
                order = timeMs(left.Tally).CompareTo(timeMs(right.Tally));
            }

            return order != 0 ? order : string.CompareOrdinal(left.Name, right.Name);
        });
    }

    /// <summary>Nothing to rank.</summary>
    public bool IsEmpty => _entries.Length == 0;

    /// <summary>The first <paramref name="count"/> entries.</summary>
    public ReadOnlySpan<(string Name, TTally Tally, long Score)> Top(int count) => _entries.AsSpan(0, Math.Min(count, _entries.Length));

    /// <summary>
    /// Table rows of the first <paramref name="limit"/> entries: what <paramref name="lead"/> says, then rank, name and the numbers of
    /// <paramref name="numbers"/>. What is beyond the limit follows as one row without rank and name, so that columns still add up.
    /// </summary>
    public void AppendRows(List<object?[]> rows, object?[] lead, int limit, Func<TTally, object?[]> numbers)
    {
        var rank = 0L;
        foreach (var (name, tally, _) in Top(limit))
        {
            rows.Add([.. lead, ++rank, name, .. numbers(tally)]);
        }

        if (_entries.Length <= limit)
        {
            return;
        }

        var others = new TTally();
        foreach (var (_, tally, _) in _entries.AsSpan(limit))
        {
            _add(others, tally);
        }

        rows.Add([.. lead, null, null, .. numbers(others)]);
    }
}

/// <summary>What is ranked.</summary>
internal static class Ranking
{
    /// <summary>Events by kind, ranked by <paramref name="score"/>.</summary>
    public static Ranking<KindTally> Of(IEnumerable<KeyValuePair<string, KindTally>> tallies, Func<KindTally, long> score) =>
        new(tallies, score, SiteTalliesMerger.Add);

    /// <summary>Events of all kinds.</summary>
    public static long Events(KindTally tally)
    {
        var sum = 0L;
        foreach (var events in tally.Events)
        {
            sum += events;
        }

        return sum;
    }

    /// <summary>Views.</summary>
    public static long Views(KindTally tally) => tally.Events[EventKind.View.Index()];
}
