using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Catalog;

/// <summary>
/// What happened to one product, category or brand: totals over all time and the newest hours. Only sums and extremes, so the order of events
/// does not matter, not even at the limit: the newest hours with events are kept, whichever came first.
/// </summary>
/// <param name="maxHoursKept">Hours kept at most.</param>
internal struct ActivityTally(int maxHoursKept)
{
    private EventTotals _totals;
    private Hour[] _hours = [];
    private int _count;

    /// <summary>True before the first event.</summary>
    public readonly bool IsEmpty => _totals.Events == 0;

    /// <summary>Counts an event.</summary>
    public void Add(ShopEvent shopEvent)
    {
        _totals.Add(shopEvent);
        var number = EventTime.Hour(shopEvent.TimeMs);
        var index = IndexOf(number);
        if (index < 0)
        {
            index = Insert(~index, number);
        }

        if (index >= 0)
        {
            ref var hour = ref _hours[index];
            hour.Kinds[shopEvent.Kind.Index()] = checked(hour.Kinds[shopEvent.Kind.Index()] + 1);
            hour.Revenue += shopEvent.Revenue;
        }
    }

    /// <summary>The tally as told to others.</summary>
    public readonly Activity ToActivity()
    {
        var hours = new HourlyActivity[_count];
        for (var i = 0; i < _count; i++)
        {
            ref readonly var hour = ref _hours[i];
            hours[i] = new HourlyActivity(
                DateTimeOffset.FromUnixTimeMilliseconds(hour.Number * EventTime.HourMs), hour.Kinds.ToDictionary(), hour.Revenue);
        }

        return new Activity
        {
            Events = _totals.Events,
            Kinds = _totals.Kinds.ToDictionary(),
            Revenue = _totals.Revenue,
            FirstSeen = _totals.FirstSeen,
            LastSeen = _totals.LastSeen,
            Hours = hours,
        };
    }

    /// <summary>Writes the tally.</summary>
    public readonly void WriteTo(FormatWriter writer)
    {
        _totals.WriteTo(writer);
        writer.Count(_count);
        var before = 0;
        for (var i = 0; i < _count; i++)
        {
            ref readonly var hour = ref _hours[i];
            writer.Signed(hour.Number - (long)before);
            hour.Kinds.WriteTo(writer);
            writer.Money(hour.Revenue);
            before = hour.Number;
        }
    }

    /// <summary>Replaces the tally by a stored one.</summary>
    /// <exception cref="DamagedFormatException">The bytes are no tally.</exception>
    public void ReadFrom(ref FormatReader reader)
    {
        _totals = EventTotals.ReadFrom(ref reader);
        _count = reader.Items();
        _hours = _count == 0 ? [] : new Hour[_count];
        var before = 0L;
        for (var i = 0; i < _count; i++)
        {
            var number = unchecked(before + reader.Signed());
            if ((i > 0 && number <= before) || EventTotals.StoredTime(unchecked(number * EventTime.HourMs)) / EventTime.HourMs != number)
            {
                throw new DamagedFormatException($"hour {number} after hour {before}");
            }

            _hours[i] = new Hour { Number = (int)number, Kinds = PerKind<uint>.ReadFrom(ref reader), Revenue = reader.Money() };
            before = number;
        }
    }

    /// <summary>The index of an hour, or the complement of where it belongs.</summary>
    private readonly int IndexOf(int number)
    {
        // Nearly every event belongs to the newest hour.
        if (_count > 0 && _hours[_count - 1].Number <= number)
        {
            return _hours[_count - 1].Number == number ? _count - 1 : ~_count;
        }

        var (low, high) = (0, _count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (_hours[middle].Number == number)
            {
                return middle;
            }

            (low, high) = _hours[middle].Number < number ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    /// <summary>Makes room for an hour; -1 if it is older than all that are kept and no more may be.</summary>
    private int Insert(int index, int number)
    {
        if (_count >= maxHoursKept)
        {
            // More may be stored than are allowed now, if the option was lowered.
            var surplus = _count - maxHoursKept + 1;
            if (index < surplus)
            {
                return -1;
            }

            Array.Copy(_hours, surplus, _hours, 0, _count - surplus);
            _count -= surplus;
            index -= surplus;
        }
        else if (_count == _hours.Length)
        {
            Array.Resize(ref _hours, Math.Min(maxHoursKept, Math.Max(2, _count + (_count / 2))));
        }

        Array.Copy(_hours, index, _hours, index + 1, _count - index);
        _hours[index] = new Hour { Number = number };
        _count++;
        return index;
    }

    /// <summary>32-bit counts: one grain cannot fold 4·10⁹ events of an hour, and hours are most of a product's memory.</summary>
    private struct Hour
    {
        public int Number;
        public PerKind<uint> Kinds;
        public Money Revenue;
    }
}
