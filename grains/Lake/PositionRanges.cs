using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Lake;

/// <summary>
/// The positions of a partition that hold no accepted event (duplicates, rejections, what could not be read or counted), as ranges: what the lake's writer
/// must pass over when it reads the log again. Complete for positions after <see cref="Since"/>. Usually a handful of ranges.
/// </summary>
public sealed class PositionRanges
{
    private const byte FormatVersion = 1;

    private readonly List<(long First, long Last)> _ranges = [];

    /// <summary>Nothing is known of positions up to here.</summary>
    public long Since { get; private set; }

    /// <summary>A copy of the ranges, in order.</summary>
    public (long First, long Last)[] ToArray() => [.. _ranges];

    /// <summary>Adds a range, in any order; both ends belong to it. What is not after <see cref="Since"/> is passed over: a partition that begins again from zero may have a lake already.</summary>
    public void Add(long first, long last)
    {
        first = Math.Max(first, Since + 1);
        if (last < first)
        {
            return;
        }

        if (_ranges.Count > 0 && first > _ranges[^1].Last + 1)
        {
            _ranges.Add((first, last));
            return;
        }

        // Nearly always the last one.
        var index = _ranges.Count;
        while (index > 0 && _ranges[index - 1].Last + 1 >= first)
        {
            index--;
        }

        var end = index;
        while (end < _ranges.Count && _ranges[end].First <= last + 1)
        {
            (first, last) = (Math.Min(first, _ranges[end].First), Math.Max(last, _ranges[end].Last));
            end++;
        }

        _ranges.RemoveRange(index, end - index);
        _ranges.Insert(index, (first, last));
    }

    /// <summary>Forgets positions up to <paramref name="position"/>: the lake has what was there.</summary>
    public void DropThrough(long position)
    {
        if (position <= Since)
        {
            return;
        }

        Since = position;
        var whole = 0;
        while (whole < _ranges.Count && _ranges[whole].Last <= position)
        {
            whole++;
        }

        _ranges.RemoveRange(0, whole);
        if (_ranges.Count > 0 && _ranges[0].First <= position)
        {
            _ranges[0] = (position + 1, _ranges[0].Last);
        }
    }

    /// <summary>Forgets everything; from here on it is complete for positions after <paramref name="since"/>.</summary>
    public void Clear(long since)
    {
        _ranges.Clear();
        Since = since;
    }

    /// <summary>Writes the ranges.</summary>
    public void WriteTo(FormatWriter writer)
    {
        writer.Byte(FormatVersion);
        writer.Count(Since);
        writer.Count(_ranges.Count);
        var before = Since;
        foreach (var (first, last) in _ranges)
        {
            writer.Count(first - before);
            writer.Count(last - first);
            before = last;
        }
    }

    /// <summary>Replaces the ranges by stored ones.</summary>
    /// <exception cref="DamagedFormatException">The bytes are no ranges.</exception>
    public void ReadFrom(ref FormatReader reader)
    {
        reader.Version(FormatVersion, "positions without events");
        Clear(reader.Count());
        var before = Since;
        for (var left = reader.Items(); left > 0; left--)
        {
            var first = before + reader.Count();
            before = first + reader.Count();
            _ranges.Add((first, before));
        }
    }
}
