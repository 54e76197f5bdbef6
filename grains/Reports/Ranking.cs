using OrleansAnalytics.Events;

namespace OrleansAnalytics.Reports;

/// <summary>Named tallies in an order that does not depend on how they were stored: highest score first, equal scores by name.</summary>
internal sealed class Ranking
{
    private readonly (string Name, KindTally Tally, long Score)[] _entries;

    /// <summary>Ranks <paramref name="tallies"/> by <paramref name="score"/>.</summary>
    public Ranking(IEnumerable<(string Name, KindTally Tally)> tallies, Func<KindTally, long> score)
    {
        _entries = tallies.Select(entry => (entry.Name, entry.Tally, score(entry.Tally))).ToArray();
        Array.Sort(_entries, static (left, right) =>
            right.Score != left.Score ? right.Score.CompareTo(left.Score) : string.CompareOrdinal(left.Name, right.Name));
    }

    /// <summary>Nothing to rank.</summary>
    public bool IsEmpty => _entries.Length == 0;

    /// <summary>The first <paramref name="count"/> entries.</summary>
    public ReadOnlySpan<(string Name, KindTally Tally, long Score)> Top(int count) => _entries.AsSpan(0, Math.Min(count, _entries.Length));

    /// <summary>
    /// Table rows of the first <paramref name="limit"/> entries: what <paramref name="lead"/> says, then rank, name and the numbers of
    /// <paramref name="numbers"/>. What is beyond the limit follows as one row without rank and name, so that columns still add up.
    /// </summary>
    public void AppendRows(List<object?[]> rows, object?[] lead, int limit, Func<KindTally, object?[]> numbers)
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

        var others = new KindTally();
        foreach (var (_, tally, _) in _entries.AsSpan(limit))
        {
            others.Add(tally);
        }

        rows.Add([.. lead, null, null, .. numbers(others)]);
    }

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
