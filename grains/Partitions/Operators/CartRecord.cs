using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>How a cart ended.</summary>
public enum CartOutcome : byte
{
    /// <summary>The product was never put into the cart.</summary>
    None = 0,

    /// <summary>Bought at or after the first cart event.</summary>
    Purchased = 1,

    /// <summary>Not bought, and the last cart action was a removal.</summary>
    Removed = 2,

    /// <summary>Neither.</summary>
    Abandoned = 3,
}

/// <summary>
/// One product in one session, as the times of its first and last actions. Minima and maxima do not depend on the order of arrival, so stragglers
/// and merging sessions need no special case. At equal times a removal or purchase counts as after the cart event.
/// </summary>
/// <param name="ProductId">The product.</param>
/// <param name="FirstCartMs">First cart event; <see cref="long.MaxValue"/> if none.</param>
/// <param name="LastCartMs">Last cart event; <see cref="long.MinValue"/> if none.</param>
/// <param name="LastRemovalMs">Last removal; <see cref="long.MinValue"/> if none.</param>
/// <param name="LastPurchaseMs">Last purchase; <see cref="long.MinValue"/> if none.</param>
public readonly record struct CartRecord(string ProductId, long FirstCartMs, long LastCartMs, long LastRemovalMs, long LastPurchaseMs)
{
    /// <summary>The category of the first cart event; of several at one time the first by id. Null if it has none.</summary>
    public string? CategoryId { get; init; }

    /// <summary>The version of the open sessions from which on the category is kept.</summary>
    internal const byte FirstVersionWithCategory = 2;

    /// <summary>A product without actions.</summary>
    public static CartRecord Of(string productId) => new(productId, long.MaxValue, long.MinValue, long.MinValue, long.MinValue);

    /// <summary>How the cart ended if the session ends now.</summary>
    public CartOutcome Outcome =>
        FirstCartMs == long.MaxValue ? CartOutcome.None
        : LastPurchaseMs >= FirstCartMs ? CartOutcome.Purchased
        : LastRemovalMs >= LastCartMs ? CartOutcome.Removed
        : CartOutcome.Abandoned;

    /// <summary>The record with one more action; other kinds change nothing.</summary>
    public CartRecord With(EventKind kind, long timeMs, string? categoryId = null) => kind switch
    {
        EventKind.Cart => this with
        {
            FirstCartMs = Math.Min(FirstCartMs, timeMs),
            LastCartMs = Math.Max(LastCartMs, timeMs),
            CategoryId = CategoryOfFirst(FirstCartMs, CategoryId, timeMs, categoryId),
        },
        EventKind.RemoveFromCart => this with { LastRemovalMs = Math.Max(LastRemovalMs, timeMs) },
        EventKind.Purchase => this with { LastPurchaseMs = Math.Max(LastPurchaseMs, timeMs) },
        _ => this,
    };

    /// <summary>The record of both sets of actions.</summary>
    public CartRecord Merge(CartRecord other) => new(
        ProductId,
        Math.Min(FirstCartMs, other.FirstCartMs),
        Math.Max(LastCartMs, other.LastCartMs),
        Math.Max(LastRemovalMs, other.LastRemovalMs),
        Math.Max(LastPurchaseMs, other.LastPurchaseMs))
    {
        CategoryId = CategoryOfFirst(FirstCartMs, CategoryId, other.FirstCartMs, other.CategoryId),
    };

    /// <summary>Writes the record.</summary>
    public void WriteTo(FormatWriter writer)
    {
        writer.Text(ProductId);
        writer.Text(CategoryId);
        writer.Signed(FirstCartMs);
        writer.Signed(LastCartMs);
        writer.Signed(LastRemovalMs);
        writer.Signed(LastPurchaseMs);
    }

    /// <summary>Reads a record.</summary>
    /// <param name="reader">Where it is.</param>
    /// <param name="version">Of the open sessions; before 2 categories were not kept.</param>
    public static CartRecord Read(ref FormatReader reader, byte version)
    {
        var product = reader.RequiredText();
        var category = version >= FirstVersionWithCategory ? reader.Text() : null;
        return new(product, reader.Signed(), reader.Signed(), reader.Signed(), reader.Signed()) { CategoryId = category };
    }

    private static string? CategoryOfFirst(long oneMs, string? one, long otherMs, string? other)
    {
        if (oneMs != otherMs)
        {
            return oneMs < otherMs ? one : other;
        }

        return one is null || (other is not null && string.CompareOrdinal(other, one) < 0) ? other : one;
    }
}
