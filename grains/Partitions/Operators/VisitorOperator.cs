using System.Globalization;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>
/// Distinct users by day and over all time, and distinct products. Members are 64-bit hashes: the chance that two of ten million users share one
/// is 3·10⁻⁶. Days beyond the limit keep their number but forget who was there.
/// </summary>
public sealed class VisitorOperator(OperatorOptions options, LimitCounts limits) : IOperator
{
    /// <summary>Limit: an event of a day whose visitors are no longer known one by one.</summary>
    public const string VisitorDaysLimit = "visitor_days";

    /// <summary>Limit: more distinct users or products than counted.</summary>
    public const string DistinctLimit = "distinct";

    private const byte FormatVersion = 1;
    private const int SegmentSize = 8192;
    private const string IndexPart = "visitors/index";

    // New ones after every restore, so that no text is taken for counted in them.
    private SegmentedSet<ulong> _users = new("users", SegmentSize);
    private SegmentedSet<ulong> _products = new("products", SegmentSize);
    private readonly SortedDictionary<int, SegmentedSet<ulong>> _days = [];
    private readonly SortedDictionary<int, long> _frozen = [];
    private readonly List<SegmentedSet<ulong>> _dropped = [];

    // Consecutive events mostly fall on one day: no look-up for those.
    private SegmentedSet<ulong>? _lastDay;
    private int _lastDayNumber;

    /// <summary>Distinct users.</summary>
    public long Users => _users.Count;

    /// <summary>Hashes of distinct products.</summary>
    public IReadOnlyCollection<ulong> Products => _products.Members;

    /// <inheritdoc/>
    public void OnEvent(in OperatorInput input)
    {
        CountOnce(_users, input.Texts.User, input.UserHash);
        if (input.Event.ProductId is { } product)
        {
            CountOnce(_products, input.Texts.Product, StoredHash.Of(input.Texts.Product, product));
        }

        var day = Day(EventTime.Day(input.Event.TimeMs));
        if (day is not null && input.Texts.User?.CountedOn != day)
        {
            day.Add(input.UserHash);
            input.Texts.User?.CountedOn = day;
        }
    }

    /// <summary>Adds the visitors of each day.</summary>
    public void CountDays(Dictionary<int, long> days)
    {
        foreach (var (day, visitors) in _frozen)
        {
            days[day] = visitors;
        }

        foreach (var (day, visitors) in _days)
        {
            days[day] = visitors.Count;
        }
    }

    /// <inheritdoc/>
    public void Capture(OperatorImage image)
    {
        _users.Capture(image);
        _products.Capture(image);
        foreach (var day in _days.Values)
        {
            day.Capture(image);
        }

        foreach (var day in _dropped)
        {
            day.RemoveFrom(image);
        }

        _dropped.Clear();
        image.Put(IndexPart, output =>
        {
            var writer = new FormatWriter(output);
            writer.Byte(FormatVersion);
            writer.Count(_days.Count);
            foreach (var day in _days.Keys)
            {
                writer.Signed(day);
            }

            writer.Count(_frozen.Count);
            foreach (var (day, visitors) in _frozen)
            {
                writer.Signed(day);
                writer.Count(visitors);
            }
        });
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts)
    {
        (_users, _products) = (new("users", SegmentSize), new("products", SegmentSize));
        _users.Restore(parts);
        _products.Restore(parts);
        _days.Clear();
        _frozen.Clear();
        _dropped.Clear();
        _lastDay = null;
        if (!parts.TryGetValue(IndexPart, out var stored))
        {
            return;
        }

        var reader = new FormatReader(stored.Span);
        reader.Version(FormatVersion, "visitor days");
        for (var left = reader.Items(); left > 0; left--)
        {
            var day = (int)reader.Signed();
            var visitors = NewDay(day);
            visitors.Restore(parts);
            if (!_days.TryAdd(day, visitors))
            {
                throw new DamagedFormatException($"day {day} is there twice");
            }
        }

        for (var left = reader.Items(); left > 0; left--)
        {
            _frozen[(int)reader.Signed()] = reader.Count();
        }

        reader.End("visitor days");
    }

    private static SegmentedSet<ulong> NewDay(int day) => new("visitors/" + day.ToString(CultureInfo.InvariantCulture), SegmentSize);

    /// <summary>Most users and products of a chunk come more than once; beyond the limit every event is looked at, because it is to be told.</summary>
    private void CountOnce(SegmentedSet<ulong> set, KnownText? text, ulong hash)
    {
        if (text is null || text.CountedBy != set || set.Count >= options.MaxDistinct)
        {
            AddDistinct(set, hash);
            text?.CountedBy = set;
        }
    }

    private void AddDistinct(SegmentedSet<ulong> set, ulong hash)
    {
        if (set.Count < options.MaxDistinct)
        {
            set.Add(hash);
        }
        else if (!set.Contains(hash))
        {
            limits.Reached(DistinctLimit);
        }
    }

    private SegmentedSet<ulong>? Day(int day)
    {
        if (_lastDay is not null && _lastDayNumber == day)
        {
            return _lastDay;
        }

        if (_frozen.ContainsKey(day) || (_days.Count == options.MaxVisitorDays && day < _days.First().Key && !_days.ContainsKey(day)))
        {
            limits.Reached(VisitorDaysLimit);
            return null;
        }

        if (!_days.TryGetValue(day, out var visitors))
        {
            _days.Add(day, visitors = NewDay(day));
            if (_days.Count > options.MaxVisitorDays)
            {
                Freeze(_days.First().Key);
            }
        }

        (_lastDay, _lastDayNumber) = (visitors, day);
        return visitors;
    }

    private void Freeze(int day)
    {
        _frozen[day] = _days[day].Count;
        _dropped.Add(_days[day]);
        _days.Remove(day);
    }
}
