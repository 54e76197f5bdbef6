using System.Runtime.InteropServices;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>
/// Events by category and day, of the latest days: what comes into view is a function of the highest day seen, so it does not depend on the order of
/// arrival. Categories are limited by who counts them first.
/// </summary>
internal sealed class CategoryDays(OperatorOptions options)
{
    private readonly TallyTable<string, DayCounts> _rows = new(
        "category-days/", buckets: 32, id => (int)(StoredHash.Of(id) & 31), new TextTallyFormat<DayCounts>((writer, days) => days.WriteTo(writer), DayCounts.Read));

    private int _latest = int.MinValue;

    private int Earliest => (int)Math.Max(int.MinValue, (long)_latest - options.MaxCategoryDays + 1);

    /// <summary>Counts an event; false if its day is before those that are known.</summary>
    public bool TryCount(string category, int day)
    {
        if (day > _latest)
        {
            _latest = day;
        }
        else if (day < Earliest)
        {
            return false;
        }

        _rows.GetOrAdd(category, int.MaxValue)!.Add(day, Earliest);
        return true;
    }

    public void CopyTo(Dictionary<string, Dictionary<int, long>> into)
    {
        var earliest = Earliest;
        foreach (var (category, row) in _rows.Rows)
        {
            if (row.Latest >= earliest)
            {
                into[category] = row.From(earliest);
            }
        }
    }

    public void Capture(OperatorImage image) => _rows.Capture(image);

    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts)
    {
        _rows.Restore(parts);
        _latest = _rows.Rows.Select(row => row.Value.Latest).DefaultIfEmpty(int.MinValue).Max();
    }

    /// <summary>Events of one category by day. Days that went out of view stay until the category's next new day.</summary>
    private sealed class DayCounts
    {
        private readonly List<(int Day, long Events)> _days = [];

        public int Latest => _days.Count == 0 ? int.MinValue : _days[^1].Day;

        public void Add(int day, int earliest)
        {
            var index = _days.Count - 1;
            while (index >= 0 && _days[index].Day > day)
            {
                index--;
            }

            if (index >= 0 && _days[index].Day == day)
            {
                CollectionsMarshal.AsSpan(_days)[index].Events++;
                return;
            }

            _days.Insert(index + 1, (day, 1));
            DropBefore(earliest);
        }

        /// <summary>The days ascend.</summary>
        private void DropBefore(int earliest)
        {
            var gone = 0;
            while (gone < _days.Count && _days[gone].Day < earliest)
            {
                gone++;
            }

            _days.RemoveRange(0, gone);
        }

        public Dictionary<int, long> From(int earliest) => _days.Where(one => one.Day >= earliest).ToDictionary(one => one.Day, one => one.Events);

        public void WriteTo(FormatWriter writer)
        {
            writer.Count(_days.Count);
            foreach (var (day, events) in _days)
            {
                writer.Signed(day);
                writer.Count(events);
            }
        }

        public static DayCounts Read(ref FormatReader reader)
        {
            var row = new DayCounts();
            for (var left = reader.Items(); left > 0; left--)
            {
                var day = (int)reader.Signed();
                if (day <= row.Latest)
                {
                    throw new DamagedFormatException($"day {day} of a category does not follow day {row.Latest}");
                }

                row._days.Add((day, reader.Count()));
            }

            return row;
        }
    }
}
