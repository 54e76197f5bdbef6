using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Journeys;

/// <summary>
/// What a user last did with each product of the cart. A line is open if it was put in after it was last removed and after it was last bought;
/// at the same millisecond it counts as removed or bought. Only last times are kept, so the order of arrival does not matter.
/// </summary>
/// <remarks>Bounded: beyond the limit the settled line with the oldest last action is dropped (ties by product); without one, the oldest open line, which is counted.</remarks>
internal sealed class CartLines
{
    private const long Never = long.MinValue;
    private const int HasCart = 1;
    private const int HasRemoved = 2;
    private const int HasBought = 4;

    private Line[] _lines = [];
    private int _count;

    /// <summary>Open lines dropped because of the limit.</summary>
    public long DroppedOpen { get; private set; }

    /// <summary>Remembers a cart action; other kinds change nothing.</summary>
    public void Add(ShopEvent shopEvent, int maxLines)
    {
        ref var line = ref Find(shopEvent.ProductId!);
        switch (shopEvent.Kind)
        {
            case EventKind.Cart when shopEvent.TimeMs >= line.CartMs:
                // Events of one user come by position, so of two at the same time the later position wins.
                (line.CartMs, line.Price) = (shopEvent.TimeMs, shopEvent.Price);
                break;
            case EventKind.RemoveFromCart:
                line.RemovedMs = Math.Max(line.RemovedMs, shopEvent.TimeMs);
                break;
            case EventKind.Purchase:
                line.BoughtMs = Math.Max(line.BoughtMs, shopEvent.TimeMs);
                break;
            default:
                break;
        }

        if (_count > maxLines)
        {
            DropOne();
        }
    }

    /// <summary>The open lines, by time, then product.</summary>
    public List<CartLine> Open()
    {
        var open = new List<CartLine>();
        for (var i = 0; i < _count; i++)
        {
            if (_lines[i].IsOpen)
            {
                open.Add(new CartLine(_lines[i].ProductId, _lines[i].Price, DateTimeOffset.FromUnixTimeMilliseconds(_lines[i].CartMs)));
            }
        }

        open.Sort(static (a, b) => a.Since != b.Since ? a.Since.CompareTo(b.Since) : string.CompareOrdinal(a.ProductId, b.ProductId));
        return open;
    }

    /// <summary>Writes the lines; times relative to <paramref name="firstMs"/>, the user's first event.</summary>
    public void WriteTo(FormatWriter writer, long firstMs)
    {
        writer.Count(_count);
        writer.Count(DroppedOpen);
        for (var i = 0; i < _count; i++)
        {
            ref readonly var line = ref _lines[i];
            writer.Text(line.ProductId);
            writer.Byte((byte)((line.CartMs == Never ? 0 : HasCart) | (line.RemovedMs == Never ? 0 : HasRemoved) | (line.BoughtMs == Never ? 0 : HasBought)));
            if (line.CartMs != Never)
            {
                writer.Count(line.CartMs - firstMs);
                writer.Money(line.Price);
            }

            WriteTime(writer, line.RemovedMs, firstMs);
            WriteTime(writer, line.BoughtMs, firstMs);
        }
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    /// <exception cref="DamagedFormatException">The bytes are no lines.</exception>
    public static CartLines ReadFrom(ref FormatReader reader, long firstMs)
    {
        var count = reader.Items();
        var cart = new CartLines { _lines = count == 0 ? [] : new Line[count], _count = count, DroppedOpen = reader.Count() };
        for (var i = 0; i < count; i++)
        {
            ref var line = ref cart._lines[i];
            line = new Line(reader.RequiredText());
            var times = reader.Byte();
            if (times is 0 or > (HasCart | HasRemoved | HasBought))
            {
                throw new DamagedFormatException($"a cart line with times {times:x2}");
            }

            if ((times & HasCart) != 0)
            {
                line.CartMs = EventTotals.StoredTime(firstMs, reader.Count());
                line.Price = reader.Money();
            }

            line.RemovedMs = (times & HasRemoved) != 0 ? EventTotals.StoredTime(firstMs, reader.Count()) : Never;
            line.BoughtMs = (times & HasBought) != 0 ? EventTotals.StoredTime(firstMs, reader.Count()) : Never;
        }

        return cart;
    }

    private static void WriteTime(FormatWriter writer, long timeMs, long firstMs)
    {
        if (timeMs != Never)
        {
            writer.Count(timeMs - firstMs);
        }
    }

    private ref Line Find(string productId)
    {
        for (var i = _count - 1; i >= 0; i--)
        {
            if (_lines[i].ProductId == productId)
            {
                return ref _lines[i];
            }
        }

        if (_count == _lines.Length)
        {
            Array.Resize(ref _lines, Math.Max(2, _count + (_count / 2)));
        }

        _lines[_count] = new Line(productId);
        return ref _lines[_count++];
    }

    private void DropOne()
    {
        var oldest = 0;
        for (var i = 1; i < _count; i++)
        {
            if (IsDroppedBefore(_lines[i], _lines[oldest]))
            {
                oldest = i;
            }
        }

        DroppedOpen += _lines[oldest].IsOpen ? 1 : 0;
        _count--;
        Array.Copy(_lines, oldest + 1, _lines, oldest, _count - oldest);
        _lines[_count] = default;
    }

    private static bool IsDroppedBefore(in Line left, in Line right) =>
        left.IsOpen != right.IsOpen ? right.IsOpen
        : left.LastMs != right.LastMs ? left.LastMs < right.LastMs
        : string.CompareOrdinal(left.ProductId, right.ProductId) < 0;

    private struct Line(string productId)
    {
        public readonly string ProductId = productId;
        public long CartMs = Never;
        public long RemovedMs = Never;
        public long BoughtMs = Never;
        public Money Price;

        public readonly bool IsOpen => CartMs > RemovedMs && CartMs > BoughtMs;

        public readonly long LastMs => Math.Max(CartMs, Math.Max(RemovedMs, BoughtMs));
    }
}
