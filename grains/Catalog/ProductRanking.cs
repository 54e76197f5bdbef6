using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Catalog;

/// <summary>
/// Products by number of events, bounded. When the ranking is full and one more product comes, the quarter with the fewest events (ties: the
/// ordinally greater id) leaves and its events are counted as unranked. So a newcomer always gets a chance to rise, no number shown is ever above
/// the truth, and below the limit every number is exact whatever the order of events.
/// </summary>
/// <param name="maxProducts">Products kept at most.</param>
internal sealed class ProductRanking(int maxProducts)
{
    private readonly Dictionary<string, long> _events = new(StringComparer.Ordinal);

    /// <summary>Events of products that left the ranking.</summary>
    public long UnrankedEvents { get; private set; }

    /// <summary>Counts an event.</summary>
    public void Add(string productId)
    {
        ref var events = ref CollectionsMarshal.GetValueRefOrNullRef(_events, productId);
        if (!Unsafe.IsNullRef(ref events))
        {
            events++;
            return;
        }

        if (_events.Count >= maxProducts)
        {
            DropLowest(_events.Count - (maxProducts - Math.Max(1, maxProducts / 4)));
        }

        _events.Add(productId, 1);
    }

    /// <summary>The products with the most events; ties by id, ordinally.</summary>
    public IReadOnlyList<RankedProduct> Top(int count) =>
        Ordered().Take(count).Select(static ranked => new RankedProduct(ranked.Key, ranked.Value)).ToArray();

    /// <summary>Writes the ranking.</summary>
    public void WriteTo(FormatWriter writer)
    {
        writer.Count(UnrankedEvents);
        writer.Count(_events.Count);
        foreach (var (product, events) in _events)
        {
            writer.Text(product);
            writer.Count(events);
        }
    }

    /// <summary>Replaces the ranking by a stored one.</summary>
    /// <exception cref="DamagedFormatException">The bytes are no ranking.</exception>
    public void ReadFrom(ref FormatReader reader)
    {
        UnrankedEvents = reader.Count();
        var count = reader.Items();
        _events.Clear();
        _events.EnsureCapacity(count);
        for (var i = 0; i < count; i++)
        {
            var product = reader.RequiredText();
            if (!_events.TryAdd(product, reader.Count()))
            {
                throw new DamagedFormatException($"product {product} is ranked twice");
            }
        }
    }

    private void DropLowest(int count)
    {
        foreach (var (product, events) in Ordered().Skip(_events.Count - count).ToArray())
        {
            _events.Remove(product);
            UnrankedEvents += events;
        }
    }

    private IEnumerable<KeyValuePair<string, long>> Ordered() =>
        _events.OrderByDescending(static ranked => ranked.Value).ThenBy(static ranked => ranked.Key, StringComparer.Ordinal);
}
