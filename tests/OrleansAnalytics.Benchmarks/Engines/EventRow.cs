using System.Globalization;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Benchmarks.Engines;

/// <summary>An event as the other engines get it: parsed before the clock starts, its texts shared between events, so that they pay for delivery only.</summary>
[GenerateSerializer, Immutable, Alias("benchmark-row")]
public sealed record EventRow(
    [property: Id(0)] string User,
    [property: Id(1)] string Product,
    [property: Id(2)] string Category,
    [property: Id(3)] EventKind Kind,
    [property: Id(4)] decimal Price,
    [property: Id(5)] DateTime Time)
{
    /// <summary>Reads a generated file.</summary>
    public static EventRow[] Read(string path)
    {
        var texts = new Dictionary<string, string>();
        return [.. File.ReadLines(path).Skip(1).Select(Parse)];

        EventRow Parse(string line)
        {
            var columns = line.Split(',');
            var kind = columns[1] switch
            {
                "view" => EventKind.View,
                "cart" => EventKind.Cart,
                "purchase" => EventKind.Purchase,
                var other => throw new InvalidDataException($"{other} is no kind of the generated shop"),
            };
            var time = DateTime.ParseExact(columns[0], "yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
            return new(Known(columns[7]), Known(columns[2]), Known(columns[3]), kind, decimal.Parse(columns[6], CultureInfo.InvariantCulture), time);
        }

        string Known(string text) => texts.TryGetValue(text, out var known) ? known : texts[text] = text;
    }
}

/// <summary>The little that an entity of the other engines makes of its events: counts by kind, sums, and when it was last seen.</summary>
internal struct TinyFold
{
    private long _views;
    private long _carts;
    private long _purchases;
    private decimal _prices;
    private decimal _revenue;
    private DateTime _lastSeen;

    public long Events => _views + _carts + _purchases;

    public void Add(EventRow row)
    {
        _views += row.Kind == EventKind.View ? 1 : 0;
        _carts += row.Kind == EventKind.Cart ? 1 : 0;
        if (row.Kind == EventKind.Purchase)
        {
            _purchases++;
            _revenue += row.Price;
        }

        _prices += row.Price;
        _lastSeen = row.Time > _lastSeen ? row.Time : _lastSeen;
    }
}
