using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Catalog;

/// <summary>
/// The newest hours with events, ascending, and what happened in each. An hour is one number of 8 bytes as long as it has no revenue and few events of
/// each kind, as nearly every hour of a product; only the others are written out in full beside it. So an hour is found, changed and inserted in place
/// wherever it is: partitions are read side by side, and after an outage their events reach one product hours or days apart.
/// </summary>
/// <param name="maxKept">Hours kept at most; beyond it the oldest leave.</param>
/// <remarks>
/// From the highest bit: number of the hour (28 bits, signed: the calendar needs 27), "written out in full" (1 bit), then either the counts by kind or
/// the index of the full hour.
/// </remarks>
internal struct ActivityHours(int maxKept)
{
    private const int CountsBits = 35;
    private const int BitsPerKind = CountsBits / EventKinds.Count;
    private const long MostOfKind = (1L << BitsPerKind) - 1;
    private const long FullFlag = 1L << CountsBits;
    private const int NumberShift = CountsBits + 1;

    /// <summary>An hour as stored: its number, a byte that names the kinds, their counts, the revenue.</summary>
    private const int MostBytesStored = 1 + ((2 + EventKinds.Count) * FormatSpan.LongestVarint);

    private long[] _hours = [];
    private Hour[] _full = [];
    private int _fullCount;

    /// <summary>Hours in it.</summary>
    public int Count { get; private set; }

    /// <summary>Counts an event, unless its hour is older than all that are kept and no more may be.</summary>
    public void Add(int number, EventKind kind, Money revenue)
    {
        var index = IndexOf(number);
        if (index < 0)
        {
            index = Insert(~index, number);
            if (index < 0)
            {
                return;
            }
        }

        ref var hour = ref _hours[index];
        var shift = kind.Index() * BitsPerKind;
        if ((hour & FullFlag) == 0 && revenue == Money.Zero && ((hour >> shift) & MostOfKind) < MostOfKind)
        {
            hour += 1L << shift;
            return;
        }

        ref var full = ref InFull(ref hour);
        full.Kinds[kind.Index()] = checked(full.Kinds[kind.Index()] + 1);
        full.Revenue += revenue;
    }

    /// <summary>Fetches what the next event most likely needs: see <see cref="Ahead"/>.</summary>
    public readonly void Fetch() => Ahead.FetchItem(_hours, Count - 1);

    /// <summary>The hours as told to others.</summary>
    public readonly HourlyActivity[] ToActivity()
    {
        var hours = new HourlyActivity[Count];
        for (var i = 0; i < hours.Length; i++)
        {
            var hour = Decoded(_hours[i]);
            hours[i] = new HourlyActivity(
                DateTimeOffset.FromUnixTimeMilliseconds(hour.Number * EventTime.HourMs), hour.Kinds.ToDictionary(), hour.Revenue);
        }

        return hours;
    }

    /// <summary>Writes the hours.</summary>
    public readonly void WriteTo(FormatWriter writer)
    {
        writer.Count(Count);

        // Several at once: most take 3 to 5 bytes, and asking the output for room costs more than they do.
        Span<byte> room = stackalloc byte[4 * MostBytesStored];
        var used = 0;
        var before = 0;
        foreach (var packed in _hours.AsSpan(0, Count))
        {
            if (room.Length - used < MostBytesStored)
            {
                writer.Raw(room[..used]);
                used = 0;
            }

            used = FormatSpan.Signed(room, used, NumberOf(packed) - (long)before);
            before = NumberOf(packed);
            if ((packed & FullFlag) == 0)
            {
                used = WriteShort(room, used, packed);
                continue;
            }

            ref readonly var full = ref _full[(int)(packed & (FullFlag - 1))];
            used = full.Kinds.WriteTo(room, used);
            used = FormatSpan.Signed(room, used, full.Revenue.Units);
        }

        writer.Raw(room[..used]);
    }

    /// <summary>Replaces the hours by stored ones.</summary>
    /// <exception cref="DamagedFormatException">The bytes are no hours.</exception>
    public void ReadFrom(ref FormatReader reader)
    {
        var count = reader.Items();
        (Count, _fullCount, _full) = (0, 0, []);
        _hours = count == 0 ? [] : new long[count];
        var before = 0L;
        for (var i = 0; i < count; i++)
        {
            var number = unchecked(before + reader.Signed());
            if ((i > 0 && number <= before) || EventTotals.StoredTime(unchecked(number * EventTime.HourMs)) / EventTime.HourMs != number)
            {
                throw new DamagedFormatException($"hour {number} after hour {before}");
            }

            Append(new Hour { Number = (int)number, Kinds = PerKind<uint>.ReadFrom(ref reader), Revenue = reader.Money() });
            before = number;
        }
    }

    /// <summary>Counts of seven bits at most are varints of one byte, and so is no revenue.</summary>
    private static int WriteShort(Span<byte> room, int at, long packed)
    {
        var (mask, next) = (0, at + 1);
        for (var i = 0; i < EventKinds.Count; i++)
        {
            var count = (packed >> (i * BitsPerKind)) & MostOfKind;
            if (count != 0)
            {
                mask |= 1 << i;
                room[next++] = (byte)count;
            }
        }

        room[at] = (byte)mask;
        room[next] = 0;
        return next + 1;
    }

    private static int NumberOf(long packed) => (int)(packed >> NumberShift);

    private readonly Hour Decoded(long packed)
    {
        if ((packed & FullFlag) != 0)
        {
            return _full[(int)(packed & (FullFlag - 1))];
        }

        var hour = new Hour { Number = NumberOf(packed) };
        for (var i = 0; i < EventKinds.Count; i++)
        {
            hour.Kinds[i] = (uint)((packed >> (i * BitsPerKind)) & MostOfKind);
        }

        return hour;
    }

    /// <summary>The index of an hour, or the complement of where it belongs.</summary>
    private readonly int IndexOf(int number)
    {
        // Nearly every event belongs to the newest hour.
        if (Count > 0 && NumberOf(_hours[Count - 1]) <= number)
        {
            return NumberOf(_hours[Count - 1]) == number ? Count - 1 : ~Count;
        }

        var (low, high) = (0, Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var found = NumberOf(_hours[middle]);
            if (found == number)
            {
                return middle;
            }

            (low, high) = found < number ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    /// <summary>Makes room for an hour; -1 if it is older than all that are kept and no more may be.</summary>
    private int Insert(int index, int number)
    {
        if (Count >= maxKept)
        {
            // More may be stored than are allowed now, if the option was lowered.
            var surplus = Count - maxKept + 1;
            if (index < surplus)
            {
                return -1;
            }

            DropOldest(surplus);
            index -= surplus;
        }
        else if (Count == _hours.Length)
        {
            Array.Resize(ref _hours, Math.Min(maxKept, Count + Math.Max(2, Count / 2)));
        }

        Array.Copy(_hours, index, _hours, index + 1, Count - index);
        _hours[index] = (long)number << NumberShift;
        Count++;
        return index;
    }

    private void DropOldest(int surplus)
    {
        foreach (var hour in _hours.AsSpan(0, surplus))
        {
            if ((hour & FullFlag) != 0)
            {
                FreeFull((int)(hour & (FullFlag - 1)));
            }
        }

        Array.Copy(_hours, surplus, _hours, 0, Count - surplus);
        Count -= surplus;
    }

    private void Append(Hour hour)
    {
        ref var packed = ref _hours[Count++];
        packed = (long)hour.Number << NumberShift;
        var fits = hour.Revenue == Money.Zero;
        for (var i = 0; i < EventKinds.Count; i++)
        {
            fits &= hour.Kinds[i] <= MostOfKind;
        }

        if (!fits)
        {
            InFull(ref packed) = hour;
            return;
        }

        for (var i = 0; i < EventKinds.Count; i++)
        {
            packed |= (long)hour.Kinds[i] << (i * BitsPerKind);
        }
    }

    /// <summary>The hour written out in full, to be changed in place; from now on if it was not.</summary>
    private ref Hour InFull(ref long packed)
    {
        if ((packed & FullFlag) == 0)
        {
            if (_fullCount == _full.Length)
            {
                Array.Resize(ref _full, _fullCount + Math.Max(1, _fullCount / 2));
            }

            _full[_fullCount] = Decoded(packed);
            packed = ((long)NumberOf(packed) << NumberShift) | FullFlag | (long)_fullCount;
            _fullCount++;
        }

        return ref _full[(int)(packed & (FullFlag - 1))];
    }

    /// <summary>The last full hour takes the place of one that leaves, so that there are no gaps to keep account of.</summary>
    private void FreeFull(int index)
    {
        _fullCount--;
        if (index != _fullCount)
        {
            _full[index] = _full[_fullCount];
            _hours[IndexOf(_full[index].Number)] = ((long)_full[index].Number << NumberShift) | FullFlag | (long)index;
        }
    }

    /// <summary>32-bit counts: one grain cannot fold 4·10⁹ events of an hour.</summary>
    private struct Hour
    {
        public int Number;
        public PerKind<uint> Kinds;
        public Money Revenue;
    }
}
