using System.Runtime.InteropServices;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>What is left of sessions that are closed: the outcomes of their carts by hour, category and product, and how far they came by day and category.</summary>
internal sealed class ClosedSessions(OperatorOptions options, LimitCounts limits) : ISessionTallies
{
    /// <summary>Limit: more days of sessions' starts than counted.</summary>
    public const string FunnelDaysLimit = "funnel_days";

    /// <summary>Limit: more categories of closed sessions than counted.</summary>
    public const string SessionCategoriesLimit = "session_categories";

    /// <summary>Limit: more products with carts than counted.</summary>
    public const string CartProductTalliesLimit = "cart_product_tallies";

    private const byte FormatVersion = 1;
    private const string FunnelPart = "sessions/funnel";

    private readonly Dictionary<int, CartTally> _cartHours = [];
    private readonly TallyTable<string, CartTally> _cartCategories = new(
        "carts/categories/", buckets: 32, id => (int)(StoredHash.Of(id) & 31), new TextTallyFormat<CartTally>(TallyFormats.Write, TallyFormats.ReadCarts));

    private readonly TallyTable<string, CartTally> _cartProducts = new(
        "carts/products/", buckets: 256, id => (int)(StoredHash.Of(id) & 255), new TextTallyFormat<CartTally>(TallyFormats.Write, TallyFormats.ReadCarts));

    private readonly TallyTable<string, FunnelTally> _funnelCategories = new(
        "funnel/categories/", buckets: 32, id => (int)(StoredHash.Of(id) & 31), new TextTallyFormat<FunnelTally>(TallyFormats.Write, TallyFormats.ReadFunnel));

    private readonly Dictionary<int, FunnelTally> _funnelDays = [];
    private FunnelTally _funnel = new();

    /// <summary>Carts by the hour of their first cart event; stored with the number of sessions.</summary>
    public Dictionary<int, CartTally> CartHours => _cartHours;

    public FunnelTally Funnel => _funnel;

    public CartTally CartHour(int hour) => CollectionsMarshal.GetValueRefOrAddDefault(_cartHours, hour, out _) ??= new CartTally();

    public CartTally? CartCategory(string categoryId) => OrLimit(_cartCategories.GetOrAdd(categoryId, options.MaxCategories), SessionCategoriesLimit);

    public CartTally? CartProduct(string productId) => OrLimit(_cartProducts.GetOrAdd(productId, options.MaxCartProductTallies), CartProductTalliesLimit);

    public FunnelTally? FunnelCategory(string categoryId) => OrLimit(_funnelCategories.GetOrAdd(categoryId, options.MaxCategories), SessionCategoriesLimit);

    public FunnelTally? FunnelDay(int day)
    {
        if (!_funnelDays.TryGetValue(day, out var tally) && _funnelDays.Count < options.MaxFunnelDays)
        {
            _funnelDays.Add(day, tally = new FunnelTally());
        }

        return OrLimit(tally, FunnelDaysLimit);
    }

    /// <summary>Copies what a report asked for.</summary>
    public void CopyTo(SiteTallies tallies, TallyParts parts)
    {
        if (parts.HasFlag(TallyParts.Carts))
        {
            Copy(_cartHours, tallies.CartHours, tally => tally with { });
        }

        if (parts.HasFlag(TallyParts.CartDetails))
        {
            Copy(_cartCategories.Rows, tallies.CartCategories, tally => tally with { });
            Copy(_cartProducts.Rows, tallies.CartProducts, tally => tally with { });
        }

        if (parts.HasFlag(TallyParts.Funnel))
        {
            tallies.Funnel.Add(_funnel);
            Copy(_funnelDays, tallies.FunnelDays, tally => tally with { });
            Copy(_funnelCategories.Rows, tallies.FunnelCategories, tally => tally with { });
        }
    }

    public void Capture(OperatorImage image)
    {
        _cartCategories.Capture(image);
        _cartProducts.Capture(image);
        _funnelCategories.Capture(image);
        image.Put(FunnelPart, output =>
        {
            var writer = new FormatWriter(output);
            writer.Byte(FormatVersion);
            TallyFormats.Write(writer, _funnel);
            writer.Count(_funnelDays.Count);
            foreach (var (day, tally) in _funnelDays)
            {
                writer.Signed(day);
                TallyFormats.Write(writer, tally);
            }
        });
    }

    /// <summary>Replaces everything but the cart hours, which are left empty.</summary>
    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts)
    {
        _cartHours.Clear();
        _cartCategories.Restore(parts);
        _cartProducts.Restore(parts);
        _funnelCategories.Restore(parts);
        _funnelDays.Clear();
        _funnel = new FunnelTally();
        if (!parts.TryGetValue(FunnelPart, out var stored))
        {
            return;
        }

        var reader = new FormatReader(stored.Span);
        reader.Version(FormatVersion, "funnel");
        _funnel = TallyFormats.ReadFunnel(ref reader);
        for (var left = reader.Items(); left > 0; left--)
        {
            _funnelDays[(int)reader.Signed()] = TallyFormats.ReadFunnel(ref reader);
        }

        reader.End("funnel");
    }

    private static void Copy<TKey, TTally>(IEnumerable<KeyValuePair<TKey, TTally>> from, Dictionary<TKey, TTally> into, Func<TTally, TTally> copy)
        where TKey : notnull
    {
        foreach (var (key, tally) in from)
        {
            into[key] = copy(tally);
        }
    }

    private TTally? OrLimit<TTally>(TTally? tally, string limit)
        where TTally : class
    {
        if (tally is null)
        {
            limits.Reached(limit);
        }

        return tally;
    }
}
