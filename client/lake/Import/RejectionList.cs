using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Lake.Import;

/// <summary>The rejected rows of a file: all counted by reason, the first ones kept by their number.</summary>
/// <param name="kept">How many are kept.</param>
internal sealed class RejectionList(int kept)
{
    /// <summary>How many are kept at most.</summary>
    public int Kept => kept;

    private readonly List<Rejection> _first = [];
    private readonly SortedDictionary<RejectReason, long> _counts = [];
    private long _last = kept == 0 ? 0 : long.MaxValue;

    /// <summary>All of them, by the name of the reason.</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts.ToDictionary(count => count.Key.Name(), count => count.Value);

    /// <summary>The first ones, in the order of the file.</summary>
    public IReadOnlyList<Rejection> First
    {
        get
        {
            Trim();
            return _first;
        }
    }

    /// <summary>Counts one, and keeps it if it is among the first.</summary>
    public void Add(long number, RejectReason reason)
    {
        Count(reason, 1);
        Keep(number, reason);
    }

    /// <summary>Counts many.</summary>
    public void Count(RejectReason reason, long rows) => _counts[reason] = _counts.GetValueOrDefault(reason) + rows;

    /// <summary>Keeps one that is counted elsewhere, if it is among the first; the same one may come again.</summary>
    public void Keep(long number, RejectReason reason)
    {
        if (number > _last)
        {
            return;
        }

        _first.Add(new Rejection(number, reason));
        if (_first.Count > (2 * kept) + 1024)
        {
            Trim();
        }
    }

    private void Trim()
    {
        _first.Sort((one, other) => one.Number.CompareTo(other.Number));
        var distinct = 0;
        for (var next = 0; next < _first.Count; next++)
        {
            if (distinct == 0 || _first[distinct - 1].Number != _first[next].Number)
            {
                _first[distinct++] = _first[next];
            }
        }

        _first.RemoveRange(distinct, _first.Count - distinct);
        if (_first.Count > kept)
        {
            _first.RemoveRange(kept, _first.Count - kept);
            _last = kept == 0 ? 0 : _first[^1].Number;
        }
    }
}

/// <summary>A rejected row.</summary>
/// <param name="Number">Its line in a CSV file, or its row in a Parquet file, counted from 1.</param>
/// <param name="Reason">Why.</param>
internal readonly record struct Rejection(long Number, RejectReason Reason);
