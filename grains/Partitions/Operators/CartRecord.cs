using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Reports;

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
    /// <summary>A product without actions.</summary>
    public static CartRecord Of(string productId) => new(productId, long.MaxValue, long.MinValue, long.MinValue, long.MinValue);

    /// <summary>How the cart ended if the session ends now.</summary>
    public CartOutcome Outcome =>
        FirstCartMs == long.MaxValue ? CartOutcome.None
        : LastPurchaseMs >= FirstCartMs ? CartOutcome.Purchased
        : LastRemovalMs >= LastCartMs ? CartOutcome.Removed
        : CartOutcome.Abandoned;

    /// <summary>The record with one more action; other kinds change nothing.</summary>
    public CartRecord With(EventKind kind, long timeMs) => kind switch
    {
        EventKind.Cart => this with { FirstCartMs = Math.Min(FirstCartMs, timeMs), LastCartMs = Math.Max(LastCartMs, timeMs) },
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
        Math.Max(LastPurchaseMs, other.LastPurchaseMs));

    /// <summary>Adds the cart, if it is one, to the hour of its first cart event.</summary>
    public void CountInto(Dictionary<int, CartTally> hours)
    {
        var outcome = Outcome;
        if (outcome == CartOutcome.None)
        {
            return;
        }

        var hour = EventTime.Hour(FirstCartMs);
        if (!hours.TryGetValue(hour, out var tally))
        {
            hours.Add(hour, tally = new CartTally());
        }

        switch (outcome)
        {
            case CartOutcome.Purchased:
                tally.Purchased++;
                break;
            case CartOutcome.Removed:
                tally.Removed++;
                break;
            default:
                tally.Abandoned++;
                break;
        }
    }

    /// <summary>Writes the record.</summary>
    public void WriteTo(FormatWriter writer)
    {
        writer.Text(ProductId);
        writer.Signed(FirstCartMs);
        writer.Signed(LastCartMs);
        writer.Signed(LastRemovalMs);
        writer.Signed(LastPurchaseMs);
    }

    /// <summary>Reads a record.</summary>
    public static CartRecord Read(ref FormatReader reader) =>
        new(reader.RequiredText(), reader.Signed(), reader.Signed(), reader.Signed(), reader.Signed());
}
