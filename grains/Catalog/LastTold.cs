using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Catalog;

/// <summary>
/// The value told by the event with the highest event time; of several at the same time, by the one with the highest id. Ids do not depend on the
/// partition or on arrival, so neither does the value.
/// </summary>
internal struct LastTold<T>
{
    private bool _isTold;
    private long _timeMs;
    private EventId _id;

    /// <summary>The value; default if none was told.</summary>
    public T? Value { get; private set; }

    /// <summary>Takes over a value if it is told later than the one known.</summary>
    public void Offer(ShopEvent shopEvent, T value)
    {
        if (!_isTold || shopEvent.TimeMs > _timeMs || (shopEvent.TimeMs == _timeMs && IsHigher(shopEvent.Id, _id)))
        {
            (_isTold, _timeMs, _id, Value) = (true, shopEvent.TimeMs, shopEvent.Id, value);
        }
    }

    /// <summary>Writes whether a value was told, and if so by which event; the value follows.</summary>
    /// <returns>True if the caller is to write the value.</returns>
    public readonly bool WriteTo(FormatWriter writer)
    {
        writer.Byte((byte)(_isTold ? 1 : 0));
        if (_isTold)
        {
            writer.Signed(_timeMs);
            writer.Fixed64(_id.High);
            writer.Fixed64(_id.Low);
        }

        return _isTold;
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    /// <returns>True if the caller is to read the value and give it to <see cref="Restore"/>.</returns>
    /// <exception cref="DamagedFormatException">The bytes are no such thing.</exception>
    public bool ReadFrom(ref FormatReader reader)
    {
        this = default;
        var told = reader.Byte();
        if (told > 1)
        {
            throw new DamagedFormatException($"{told:x2} instead of a last told value");
        }

        _isTold = told == 1;
        if (_isTold)
        {
            _timeMs = EventTotals.StoredTime(reader.Signed());
            _id = new EventId(reader.Fixed64(), reader.Fixed64());
        }

        return _isTold;
    }

    /// <summary>Sets the value that was read.</summary>
    public void Restore(T value) => Value = value;

    private static bool IsHigher(EventId left, EventId right) => left.High != right.High ? left.High > right.High : left.Low > right.Low;
}
