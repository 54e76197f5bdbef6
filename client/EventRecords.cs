using System.Buffers;
using System.Globalization;
using System.Text;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Client;

/// <summary>Writes events as a binary batch: see <see cref="BinaryEvents"/>. The fields are in the order in which <see cref="EventLines"/> writes them.</summary>
internal static class EventRecords
{
    private const int LongestPrefix = 5;
    private const int LongestNumber = 10;
    private const int LongestDecimal = 32;
    private const int Varint = 0;
    private const int Bytes = 2;

    public static byte[] Write(IReadOnlyList<ShopEventInput> events)
    {
        var batch = new ArrayBufferWriter<byte>(BinaryEvents.Beginning.Length + (events.Count * 192));
        batch.Write(BinaryEvents.Beginning);
        foreach (var shopEvent in events)
            Write(batch, shopEvent);
        return batch.WrittenSpan.ToArray();
    }

    private static void Write(ArrayBufferWriter<byte> batch, ShopEventInput shopEvent)
    {
        // The length comes first and is known last: the record is moved up to it.
        var space = batch.GetSpan(LongestPrefix + MostBytes(shopEvent));
        var record = space[LongestPrefix..];
        var length = WriteFields(record, shopEvent);
        var prefix = Number(space, 0, (ulong)length);
        record[..length].CopyTo(space[prefix..]);
        batch.Advance(prefix + length);
    }

    private static int WriteFields(Span<byte> record, ShopEventInput shopEvent)
    {
        var at = Key(record, 0, BinaryEvents.EventTime, Varint);
        at = Number(record, at, (ulong)shopEvent.EventTime.ToUnixTimeMilliseconds());
        at = Key(record, at, BinaryEvents.EventType, Varint);
        at = Number(record, at, NumberOf(shopEvent.Kind));
        at = Text(record, at, BinaryEvents.ProductId, shopEvent.ProductId);
        at = Text(record, at, BinaryEvents.CategoryId, shopEvent.CategoryId);
        at = Text(record, at, BinaryEvents.CategoryCode, shopEvent.CategoryCode);
        at = Text(record, at, BinaryEvents.Brand, shopEvent.Brand);
        at = Decimal(record, at, BinaryEvents.Price, shopEvent.Price);
        at = Text(record, at, BinaryEvents.UserId, shopEvent.UserId);
        at = Text(record, at, BinaryEvents.UserSession, shopEvent.SessionKey);
        at = Text(record, at, BinaryEvents.EventId, shopEvent.EventId);
        at = Text(record, at, BinaryEvents.Url, shopEvent.Url);
        at = Decimal(record, at, BinaryEvents.PageViewDuration, shopEvent.Duration is { } duration ? (decimal)duration.Ticks / TimeSpan.TicksPerSecond : null);
        return Decimal(record, at, BinaryEvents.Quantity, shopEvent.Quantity);
    }

    private static ulong NumberOf(EventKind kind)
    {
        _ = kind.Name();
        return (ulong)kind;
    }

    private static int MostBytes(ShopEventInput shopEvent) =>
        (2 * (1 + LongestNumber)) + (3 * (2 + LongestDecimal)) + MostBytes(shopEvent.ProductId) + MostBytes(shopEvent.CategoryId) + MostBytes(shopEvent.CategoryCode)
        + MostBytes(shopEvent.Brand) + MostBytes(shopEvent.UserId) + MostBytes(shopEvent.SessionKey) + MostBytes(shopEvent.EventId) + MostBytes(shopEvent.Url);

    private static int MostBytes(string? text) => text is null ? 0 : 1 + LongestPrefix + Encoding.UTF8.GetMaxByteCount(text.Length);

    private static int Text(Span<byte> record, int at, int number, string? text)
    {
        if (text is null)
            return at;
        at = Number(record, Key(record, at, number, Bytes), (ulong)Encoding.UTF8.GetByteCount(text));
        return at + Encoding.UTF8.GetBytes(text, record[at..]);
    }

    private static int Decimal(Span<byte> record, int at, int number, decimal? value)
    {
        if (value is not { } told)
            return at;
        at = Key(record, at, number, Bytes);
        // Never 128 bytes, so its length is one byte.
        told.TryFormat(record[(at + 1)..], out var length, default, CultureInfo.InvariantCulture);
        record[at] = (byte)length;
        return at + 1 + length;
    }

    private static int Key(Span<byte> record, int at, int number, int type)
    {
        record[at] = (byte)((number << 3) | type);
        return at + 1;
    }

    private static int Number(Span<byte> record, int at, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            record[at++] = (byte)(value | 0x80);
        record[at] = (byte)value;
        return at + 1;
    }
}
