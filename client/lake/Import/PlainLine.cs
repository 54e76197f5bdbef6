using System.Buffers;
using System.Buffers.Binary;

namespace OrleansAnalytics.Lake.Import;

/// <summary>
/// Recognises the lines that most of a shop's history consists of: events that no rule of <see cref="CleaningSql"/> rejects and whose texts have one meaning.
/// It may doubt a good line, which then takes the way through SQL, but never takes one that SQL would reject or read differently.
/// </summary>
internal sealed class PlainLine
{
    private const int Ignored = -1;
    private const int TimeRole = PlainRow.TextCount;
    private const int KindRole = TimeRole + 1;
    private const int PriceRole = TimeRole + 2;
    private const int DateLength = 10;
    private const int SecondsLength = 19;
    private const int MostWholeDigits = 12;
    private const int Decimals = 4;

    private static readonly SearchValues<byte> Exponents = SearchValues.Create("eE"u8);
    private static readonly SearchValues<byte> NumberLetters = SearchValues.Create("0123456789.eE+-"u8);

    // An id that spreadsheets have made a number of looks like one.
    private static readonly bool[] MayBeMangled = [true, false, true, true, false, false];
    private static readonly bool[] MustBeThere = [true, false, true, false, false, false];

    private readonly int[] _roles;
    private readonly int _maxIdLength;
    private readonly long _lastMs;
    private readonly int[] _starts = new int[PlainRow.TextCount];
    private readonly int[] _lengths = new int[PlainRow.TextCount];
    private readonly byte[] _date = new byte[DateLength];
    private long _dayMs;
    private long _timeMs;
    private long _price;
    private int _kind;

    /// <summary>Prepares for a file.</summary>
    /// <param name="columns">What its columns mean.</param>
    /// <param name="options">The limits.</param>
    /// <param name="nowMs">The clock, in milliseconds since 1970-01-01 UTC.</param>
    public PlainLine(ImportColumns columns, ImportOptions options, long nowMs)
    {
        _maxIdLength = options.MaxIdLength;
        _lastMs = nowMs + (long)options.MaxClockSkew.TotalMilliseconds;
        _roles = [.. Enumerable.Repeat(Ignored, columns.Count)];
        string[] known = [.. PlainRow.Texts, "event_time", "event_type", "price"];
        foreach (var (field, role) in known.Select((field, role) => (field, role)))
        {
            if (columns.ColumnOf(field) is { } column)
            {
                _roles[column] = role;
            }
        }

        IsPossible = columns.DefaultKind is null && ImportColumns.Fields.All(field => known.Contains(field) || columns.ColumnOf(field) is null);
    }

    /// <summary>False if the file has columns of which only SQL knows the rules; then no line is plain.</summary>
    public bool IsPossible { get; }

    /// <summary>The key of the hour of the line read last.</summary>
    public int Hour { get; private set; }

    /// <summary>Reads a line of valid UTF-8 without quotes and carriage returns.</summary>
    /// <returns>False if there is any doubt about it.</returns>
    public bool TryRead(ReadOnlySpan<byte> line)
    {
        if (!IsPossible)
        {
            return false;
        }

        _price = 0;
        Array.Clear(_lengths);
        var at = 0;
        for (var column = 0; column < _roles.Length; column++)
        {
            var length = line[at..].IndexOf((byte)',');
            if ((length < 0) != (column == _roles.Length - 1))
            {
                return false;
            }

            length = length < 0 ? line.Length - at : length;
            if (!TryField(_roles[column], line.Slice(at, length), at))
            {
                return false;
            }

            at += length + 1;
        }

        return true;
    }

    /// <summary>Adds the line read last to rows.</summary>
    /// <param name="line">The line.</param>
    /// <param name="number">Its number.</param>
    /// <param name="rows">Where to; room is made.</param>
    /// <param name="buckets">Makes room.</param>
    public void AddTo(BucketRows rows, HourBuckets buckets, ReadOnlySpan<byte> line, long number)
    {
        var length = PlainRow.HeaderBytes + _lengths.Sum();
        buckets.MakeRoom(rows, length);
        var row = rows.Buffer.AsSpan(rows.Used, length);
        BinaryPrimitives.WriteInt64LittleEndian(row[PlainRow.TimeAt..], _timeMs);
        BinaryPrimitives.WriteInt64LittleEndian(row[PlainRow.PriceAt..], _price);
        BinaryPrimitives.WriteInt64LittleEndian(row[PlainRow.LineAt..], number);
        BinaryPrimitives.WriteInt32LittleEndian(row[PlainRow.LengthAt..], length);
        BinaryPrimitives.WriteUInt16LittleEndian(row[PlainRow.KindAt..], (ushort)_kind);
        var at = PlainRow.HeaderBytes;
        for (var text = 0; text < PlainRow.TextCount; text++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(row[(PlainRow.LengthsAt + (text * sizeof(ushort)))..], (ushort)_lengths[text]);
            line.Slice(_starts[text], _lengths[text]).CopyTo(row[at..]);
            at += _lengths[text];
        }

        rows.Used += length;
        rows.Rows++;
    }

    private bool TryField(int role, ReadOnlySpan<byte> field, int at) => role switch
    {
        Ignored => true,
        TimeRole => TryTime(field),
        KindRole => TryKind(field),
        PriceRole => TryPrice(field),
        _ => TryText(role, field, at),
    };

    private bool TryText(int text, ReadOnlySpan<byte> field, int at)
    {
        _starts[text] = at;
        _lengths[text] = field.Length;
        if (field.IsEmpty)
        {
            return !MustBeThere[text];
        }

        return field.Length <= _maxIdLength
            && !(MayBeMangled[text] && char.IsAsciiDigit((char)field[0]) && field.ContainsAny(Exponents) && !field.ContainsAnyExcept(NumberLetters));
    }

    private bool TryTime(ReadOnlySpan<byte> time)
    {
        Hour = CsvDivider.HourOf(time);
        if (Hour == CsvDivider.NoHour || (!time[..DateLength].SequenceEqual(_date) && !TryDay(time[..DateLength])))
        {
            return false;
        }

        var (minute, second) = (Two(time, 14), Two(time, 17));
        var millisecond = time.Length > SecondsLength && time[SecondsLength] == '.' ? ((time[20] - '0') * 100) + Two(time, 21) : 0;
        _timeMs = _dayMs + (((((Hour % 100 * 60L) + minute) * 60) + second) * 1000) + millisecond;
        return minute < 60 && second < 60 && _timeMs <= _lastMs;
    }

    private bool TryDay(ReadOnlySpan<byte> date)
    {
        var (year, month, day) = ((Two(date, 0) * 100) + Two(date, 2), Two(date, 5), Two(date, 8));
        if (year < 1970 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        date.CopyTo(_date);
        _dayMs = new DateTimeOffset(year, month, day, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        return true;
    }

    private bool TryKind(ReadOnlySpan<byte> kind)
    {
        for (_kind = 0; _kind < PlainRow.Kinds.Length; _kind++)
        {
            if (kind.SequenceEqual(PlainRow.Kinds[_kind]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Up to twelve digits, and behind a point one to four: those are exact as they stand, and below the limit.</summary>
    private bool TryPrice(ReadOnlySpan<byte> price)
    {
        if (price.IsEmpty)
        {
            return true;
        }

        var point = price.IndexOf((byte)'.');
        var whole = point < 0 ? price : price[..point];
        var fraction = point < 0 ? [] : price[(point + 1)..];
        if (whole.Length is 0 or > MostWholeDigits || fraction.Length > Decimals || (point >= 0 && fraction.IsEmpty))
        {
            return false;
        }

        var number = 0L;
        foreach (var digit in whole)
        {
            number = (number * 10) + (digit - '0');
        }

        for (var place = 0; place < Decimals; place++)
        {
            number = (number * 10) + (place < fraction.Length ? fraction[place] - '0' : 0);
        }

        _price = number;
        return !whole.ContainsAnyExceptInRange((byte)'0', (byte)'9') && !fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }

    private static int Two(ReadOnlySpan<byte> text, int at) => ((text[at] - '0') * 10) + (text[at + 1] - '0');
}
