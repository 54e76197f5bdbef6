using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using Ranked = System.Collections.Generic.KeyValuePair<OrleansAnalytics.Events.CompactId, long>;

namespace OrleansAnalytics.Catalog;

/// <summary>
/// Products by number of events, bounded. When the ranking is full and one more product comes, the quarter with the fewest events (ties: the
/// ordinally greater id) leaves and its events are counted as unranked. So a newcomer always gets a chance to rise, no number shown is ever above
/// the truth, and below the limit every number is exact whatever the order of events.
/// </summary>
/// <param name="maxProducts">Products kept at most.</param>
internal sealed class ProductRanking(int maxProducts)
{
    private readonly Dictionary<CompactId, long> _events = [];

    /// <summary>Events of products that left the ranking.</summary>
    public long UnrankedEvents { get; private set; }

    /// <summary>Counts an event.</summary>
    public void Add(string productId)
    {
        var product = new CompactId(productId);
        ref var events = ref CollectionsMarshal.GetValueRefOrNullRef(_events, product);
        if (!Unsafe.IsNullRef(ref events))
        {
            events++;
            return;
        }

        if (_events.Count >= maxProducts)
        {
            DropLowest(_events.Count - (maxProducts - Math.Max(1, maxProducts / 4)));
        }

        _events.Add(product, 1);
    }

    /// <summary>The products with the most events; ties by id, ordinally.</summary>
    public IReadOnlyList<RankedProduct> Top(int count) =>
        Ordered().Take(count).Select(static ranked => new RankedProduct(ranked.Key.ToString(), ranked.Value)).ToArray();

    /// <summary>Writes the ranking.</summary>
    public void WriteTo(FormatWriter writer)
    {
        writer.Count(UnrankedEvents);
        writer.Count(_events.Count);
        foreach (var (product, events) in _events)
        {
            product.WriteTo(writer);
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
            if (!_events.TryAdd(new CompactId(product), reader.Count()))
            {
                throw new DamagedFormatException($"product {product} is ranked twice");
            }
        }
    }

    private void DropLowest(int count)
    {
        var rented = ArrayPool<Ranked>.Shared.Rent(_events.Count);
        var all = rented.AsSpan(0, _events.Count);
        ((ICollection<Ranked>)_events).CopyTo(rented, 0);
        MoveLowestToFront(all, count);
        foreach (var (product, events) in all[..count])
        {
            _events.Remove(product);
            UnrankedEvents += events;
        }

        ArrayPool<Ranked>.Shared.Return(rented, clearArray: true);
    }

    /// <summary>
    /// Parts the products until <paramref name="count"/> of them, none above any other, are at the front. Their order among themselves does not matter,
    /// so a few passes do what sorting needs a dozen for.
    /// </summary>
    private static void MoveLowestToFront(Span<Ranked> products, int count)
    {
        // Ids that someone made up to be parted badly cost a sort, not a pass for each of them.
        for (var passes = 2 * BitOperations.Log2((uint)products.Length); count > 0 && count < products.Length; passes--)
        {
            if (passes == 0)
            {
                products.Sort(LowestFirst);
                return;
            }

            var lower = Part(products);
            if (count <= lower)
            {
                products = products[..lower];
            }
            else
            {
                // The product in the middle of the two parts is in its place.
                products = products[(lower + 1)..];
                count -= lower + 1;
            }
        }
    }

    /// <summary>Moves all that are below one of the products before it, and the others behind it; answers its place.</summary>
    private static int Part(Span<Ranked> products)
    {
        var last = products.Length - 1;
        (products[products.Length / 2], products[last]) = (products[last], products[products.Length / 2]);
        var pivot = products[last];
        var lower = 0;
        for (var i = 0; i < last; i++)
        {
            if (LowestFirst(products[i], pivot) < 0)
            {
                (products[lower], products[i]) = (products[i], products[lower]);
                lower++;
            }
        }

        (products[lower], products[last]) = (products[last], products[lower]);
        return lower;
    }

    private static int LowestFirst(Ranked left, Ranked right) =>
        left.Value != right.Value ? left.Value.CompareTo(right.Value) : CompactId.CompareOrdinal(right.Key, left.Key);

    private IEnumerable<Ranked> Ordered() =>
        _events.OrderDescending(Comparer<Ranked>.Create(LowestFirst));
}
