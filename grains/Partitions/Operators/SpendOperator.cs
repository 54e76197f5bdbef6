using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>
/// What each user spent on each day: price × quantity of purchases. Beyond the limit the oldest day is forgotten, all but its sum, and so is what comes for
/// it, or for a day before it, from then on.
/// </summary>
public sealed class SpendOperator(OperatorOptions options, LimitCounts limits) : IOperator
{
    /// <summary>Limit: more (day, user) pairs than kept; a day was forgotten, or a purchase came for a forgotten day.</summary>
    public const string SpendRowsLimit = "spend_rows";

    private const byte FormatVersion = 1;
    private const string IndexPart = "spend/index";

    private readonly SortedDictionary<int, Day> _days = [];
    private readonly List<Day> _dropped = [];
    private Money _unlisted;
    private int _forgottenThrough = int.MinValue;
    private int _rows;
    private bool _changed;

    // Consecutive purchases mostly fall on one day.
    private Day? _last;

    /// <inheritdoc/>
    public void OnEvent(in OperatorInput input)
    {
        if (input.Event.Kind == EventKind.Purchase)
        {
            _changed = true;
            Add(EventTime.Day(input.Event.TimeMs), input.Event.UserId, input.Event.Revenue);
        }
    }

    /// <summary>Adds what users spent.</summary>
    public void CountInto(SiteTallies tallies)
    {
        tallies.SpendUnlisted += _unlisted;
        foreach (var (number, day) in _days)
        {
            tallies.Spend[number] = day.Users.ToDictionary();
        }
    }

    /// <inheritdoc/>
    public void Capture(OperatorImage image)
    {
        if (!_changed)
        {
            return;
        }

        _changed = false;
        _dropped.ForEach(day => day.RemoveFrom(image));
        _dropped.Clear();
        foreach (var day in _days.Values)
        {
            day.Capture(image);
        }

        image.Put(IndexPart, output =>
        {
            var writer = new FormatWriter(output);
            writer.Byte(FormatVersion);
            writer.Money(_unlisted);
            writer.Signed(_forgottenThrough);
            writer.Count(_days.Count);
            foreach (var (number, day) in _days)
            {
                writer.Signed(number);
                writer.Count(day.Count);
            }
        });
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts)
    {
        _days.Clear();
        _dropped.Clear();
        (_unlisted, _forgottenThrough, _rows, _changed, _last) = (Money.Zero, int.MinValue, 0, false, null);
        if (!parts.TryGetValue(IndexPart, out var stored))
        {
            return;
        }

        var reader = new FormatReader(stored.Span);
        reader.Version(FormatVersion, "customer spend");
        _unlisted = reader.Money();
        _forgottenThrough = (int)reader.Signed();
        for (var left = reader.Items(); left > 0; left--)
        {
            var day = new Day((int)reader.Signed());
            day.Restore(parts, reader.Count());
            _rows += day.Count;
            if (!_days.TryAdd(day.Number, day))
            {
                throw new DamagedFormatException($"day {day.Number} of customer spend is there twice");
            }
        }

        reader.End("customer spend");
    }

    private void Add(int number, string user, Money spent)
    {
        var day = _last?.Number == number ? _last : _days.GetValueOrDefault(number);
        if (day is not null && day.TryAdd(user, spent))
        {
            _last = day;
            return;
        }

        while (_rows >= options.MaxSpendRows && _days.First().Key < number)
        {
            ForgetOldest();
        }

        if (_rows >= options.MaxSpendRows || number <= _forgottenThrough)
        {
            _unlisted += spent;
            limits.Reached(SpendRowsLimit);
            return;
        }

        if (day is null)
        {
            _days.Add(number, day = new Day(number));
        }

        day.Insert(user, spent);
        _rows++;
        _last = day;
    }

    private void ForgetOldest()
    {
        var (number, day) = _days.First();
        _days.Remove(number);
        _dropped.Add(day);
        _rows -= day.Count;
        _forgottenThrough = number;
        _last = null;
        foreach (var (_, spent) in day.Users)
        {
            _unlisted += spent;
        }

        limits.Reached(SpendRowsLimit);
    }

    /// <summary>The users of one day in the order of their first purchase, in segments: a capture stores those of which a row changed, mostly the last.</summary>
    private sealed class Day(int number)
    {
        private const int SegmentSize = 1_024;

        private readonly Dictionary<string, int> _rowOf = [];
        private readonly List<KeyValuePair<string, Money>> _rows = [];
        private readonly List<bool> _changed = [];

        public int Number => number;

        public int Count => _rows.Count;

        public IReadOnlyList<KeyValuePair<string, Money>> Users => _rows;

        /// <summary>False if the user has no row.</summary>
        public bool TryAdd(string user, Money spent)
        {
            if (!_rowOf.TryGetValue(user, out var row))
            {
                return false;
            }

            _rows[row] = new(user, _rows[row].Value + spent);
            _changed[row / SegmentSize] = true;
            return true;
        }

        public void Insert(string user, Money spent)
        {
            if (_rows.Count % SegmentSize == 0)
            {
                _changed.Add(true);
            }

            _changed[^1] = true;
            _rowOf.Add(user, _rows.Count);
            _rows.Add(new(user, spent));
        }

        public void Capture(OperatorImage image)
        {
            for (var segment = 0; segment < _changed.Count; segment++)
            {
                if (_changed[segment])
                {
                    var first = segment * SegmentSize;
                    image.Put(PartName(segment), output => Write(output, CollectionsMarshal.AsSpan(_rows)[first..Math.Min(_rows.Count, first + SegmentSize)]));
                    _changed[segment] = false;
                }
            }
        }

        public void RemoveFrom(OperatorImage image)
        {
            for (var segment = 0; segment < _changed.Count; segment++)
            {
                image.Remove(PartName(segment));
            }
        }

        public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts, long rows)
        {
            for (var segment = 0; _rows.Count < rows; segment++)
            {
                if (!parts.TryGetValue(PartName(segment), out var stored))
                {
                    throw new DamagedFormatException($"{PartName(segment)} is missing");
                }

                Read(stored.Span);
            }

            if (_rows.Count != rows)
            {
                throw new DamagedFormatException($"day {number} of customer spend has {_rows.Count} rows instead of {rows}");
            }

            CollectionsMarshal.AsSpan(_changed).Clear();
        }

        private static void Write(IBufferWriter<byte> output, ReadOnlySpan<KeyValuePair<string, Money>> rows)
        {
            var writer = new FormatWriter(output);
            writer.Byte(FormatVersion);
            writer.Count(rows.Length);
            foreach (var (user, spent) in rows)
            {
                writer.Text(user);
                writer.Money(spent);
            }
        }

        private void Read(ReadOnlySpan<byte> stored)
        {
            var reader = new FormatReader(stored);
            reader.Version(FormatVersion, "customer spend of a day");
            var rows = reader.Items();
            if (rows is 0 or > SegmentSize || _rows.Count % SegmentSize != 0)
            {
                throw new DamagedFormatException($"{rows} rows are no segment of up to {SegmentSize}");
            }

            for (; rows > 0; rows--)
            {
                var user = reader.RequiredText();
                if (_rowOf.ContainsKey(user))
                {
                    throw new DamagedFormatException($"day {number} of customer spend holds user {user} twice");
                }

                Insert(user, reader.Money());
            }

            reader.End("customer spend of a day");
        }

        private string PartName(int segment) => string.Create(CultureInfo.InvariantCulture, $"spend/{number}/{segment}");
    }
}
