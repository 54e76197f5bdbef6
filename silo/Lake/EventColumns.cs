using System.Globalization;
using System.Text;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using EventId = OrleansAnalytics.Events.EventId;

namespace OrleansAnalytics.Lake;

/// <summary>The texts of an event.</summary>
internal enum EventText
{
    User,
    Session,
    Product,
    Category,
    Code,
    Brand,
    Url,
}

/// <summary>A column whose cells may be missing, as Parquet takes it.</summary>
/// <param name="Cells">Those that are there, in order.</param>
/// <param name="Levels">For each row 1 if its cell is there, else 0 (the definition level).</param>
internal readonly record struct OptionalCells<T>(ReadOnlyMemory<T> Cells, ReadOnlyMemory<int> Levels);

/// <summary>
/// Encoded events, turned into columns one after the other: a column is valid until the next one is asked for, as they share memory. All of it is rented, and no event or
/// text becomes an object. Not safe for concurrent use.
/// </summary>
internal sealed class EventColumns : IDisposable
{
    private const int TextsOfAnEvent = (int)EventText.Url + 1;
    private const int IdDigits = 32;

    private readonly RentedArray<EncodedEvent> _rows = new();

    // Where in its row each text begins, and its bytes; -1 if it is missing.
    private readonly RentedArray<(int Start, int Length)> _texts = new();
    private readonly RentedArray<decimal> _prices = new();
    private readonly RentedArray<int> _quantities = new();
    private readonly RentedArray<long> _durations = new();
    private readonly RentedArray<EventId?> _ids = new();

    // Of one column after the other.
    private readonly RentedArray<ReadOnlyMemory<char>> _cells = new();
    private readonly RentedArray<char> _chars = new();
    private readonly RentedArray<int> _levels = new();
    private readonly RentedArray<DateTime> _times = new();
    private readonly RentedArray<long> _positions = new();
    private readonly RentedArray<int> _same = new();
    private int _count;

    /// <summary>Adds a row; its bytes stay as they are as long as columns are asked for.</summary>
    public void Add(in EncodedEvent encoded) => _rows.Append(_count++, encoded);

    /// <summary>Reads all rows; before any column.</summary>
    /// <exception cref="DamagedFormatException">One of them is no event.</exception>
    public void Read()
    {
        var rows = Rows;
        var texts = _texts.First(_count * TextsOfAnEvent);
        var prices = _prices.First(_count);
        var quantities = _quantities.First(_count);
        var durations = _durations.First(_count);
        var ids = _ids.First(_count);
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i].Bytes.Span;
            var fields = rows[i].Fields();
            (prices[i], quantities[i], durations[i]) = (fields.Price.Amount, fields.Quantity, fields.DurationMs);

            // Who has the fields has their hash, and nothing else of an event is as large when compressed: only a producer's own id is kept.
            ids[i] = fields.Id == EventIds.FromFields(fields) ? null : fields.Id;
            var places = texts.Slice(i * TextsOfAnEvent, TextsOfAnEvent);
            places[(int)EventText.User] = Place(row, fields.User);
            places[(int)EventText.Session] = Place(row, fields.Session);
            places[(int)EventText.Product] = Place(row, fields.Product);
            places[(int)EventText.Category] = Place(row, fields.Category);
            places[(int)EventText.Code] = Place(row, fields.Code);
            places[(int)EventText.Brand] = Place(row, fields.Brand);
            places[(int)EventText.Url] = Place(row, fields.Url);
        }
    }

    /// <summary>When they happened.</summary>
    public ReadOnlyMemory<DateTime> Times()
    {
        var rows = Rows;
        var times = _times.First(_count);
        for (var i = 0; i < rows.Length; i++)
        {
            times[i] = DateTimeOffset.FromUnixTimeMilliseconds(rows[i].TimeMs).UtcDateTime;
        }

        return _times.Taken(_count);
    }

    /// <summary>What happened.</summary>
    /// <param name="names">The names of all kinds, in the order of their numbers.</param>
    public ReadOnlyMemory<ReadOnlyMemory<char>> Kinds(ReadOnlyMemory<char>[] names)
    {
        var rows = Rows;
        var cells = _cells.First(_count);
        for (var i = 0; i < rows.Length; i++)
        {
            cells[i] = names[rows[i].Kind.Index()];
        }

        return _cells.Taken(_count);
    }

    /// <summary>Prices of one piece.</summary>
    public ReadOnlyMemory<decimal> Prices() => _prices.Taken(_count);

    /// <summary>Pieces.</summary>
    public ReadOnlyMemory<int> Quantities() => _quantities.Taken(_count);

    /// <summary>How long pages were looked at, in milliseconds.</summary>
    public ReadOnlyMemory<long> Durations() => _durations.Taken(_count);

    /// <summary>Positions in the log.</summary>
    public OptionalCells<long> Positions()
    {
        var rows = Rows;
        var positions = _positions.First(_count);
        for (var i = 0; i < rows.Length; i++)
        {
            positions[i] = rows[i].Position;
        }

        return new(_positions.Taken(_count), AllThere());
    }

    /// <summary>The same number in every row.</summary>
    public OptionalCells<int> All(int number)
    {
        _same.First(_count).Fill(number);
        return new(_same.Taken(_count), AllThere());
    }

    /// <summary>One of the texts.</summary>
    public OptionalCells<ReadOnlyMemory<char>> Texts(EventText text)
    {
        // A text has at most as many characters as bytes.
        var rows = Rows;
        var texts = _texts.First(_count * TextsOfAnEvent);
        var most = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            most += Math.Max(0, texts[(i * TextsOfAnEvent) + (int)text].Length);
        }

        var cells = _cells.First(_count);
        var levels = _levels.First(_count);
        var chars = _chars.First(most);
        var all = _chars.Taken(most);
        var (present, written) = (0, 0);
        for (var i = 0; i < rows.Length; i++)
        {
            var (start, length) = texts[(i * TextsOfAnEvent) + (int)text];
            levels[i] = length < 0 ? 0 : 1;
            if (length >= 0)
            {
                var count = Encoding.UTF8.GetChars(rows[i].Bytes.Span.Slice(start, length), chars[written..]);
                cells[present++] = all.Slice(written, count);
                written += count;
            }
        }

        return new(_cells.Taken(present), _levels.Taken(_count));
    }

    /// <summary>Ids that producers gave, as 32 hexadecimal digits.</summary>
    public OptionalCells<ReadOnlyMemory<char>> ToldIds()
    {
        var ids = _ids.First(_count);
        var cells = _cells.First(_count);
        var levels = _levels.First(_count);
        var chars = _chars.First(_count * IdDigits);
        var all = _chars.Taken(_count * IdDigits);
        var present = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            levels[i] = ids[i] is null ? 0 : 1;
            if (ids[i] is { } id)
            {
                var digits = chars.Slice(present * IdDigits, IdDigits);
                id.High.TryFormat(digits, out _, "x16", CultureInfo.InvariantCulture);
                id.Low.TryFormat(digits[(IdDigits / 2)..], out _, "x16", CultureInfo.InvariantCulture);
                cells[present] = all.Slice(present * IdDigits, IdDigits);
                present++;
            }
        }

        return new(_cells.Taken(present), _levels.Taken(_count));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        IDisposable[] all = [_rows, _texts, _prices, _quantities, _durations, _ids, _cells, _chars, _levels, _times, _positions, _same];
        foreach (var one in all)
        {
            one.Dispose();
        }

        _count = 0;
    }

    private ReadOnlySpan<EncodedEvent> Rows => _rows.Taken(_count).Span;

    private ReadOnlyMemory<int> AllThere()
    {
        _levels.First(_count).Fill(1);
        return _levels.Taken(_count);
    }

    private static (int Start, int Length) Place(ReadOnlySpan<byte> row, OptionalUtf8 text)
    {
        if (!text.Exists)
        {
            return (0, -1);
        }

        row.Overlaps(text.Bytes, out var start);
        return (start, text.Bytes.Length);
    }
}
