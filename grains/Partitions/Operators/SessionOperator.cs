using System.Runtime.CompilerServices;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>
/// Sessions, the carts in them, and how far they came from view to purchase. A session is a window of event times of one (user, session key) without a gap longer than the timeout; an event
/// joins the windows it reaches and merges them, so the result does not depend on the order of arrival as long as the windows are open.
/// A session stays open for stragglers until its end is behind the watermark and it has not been touched for a number of events; then its
/// carts and steps move to the tallies. An event that comes later still begins a session of its own, and is counted under the limits.
/// </summary>
public sealed class SessionOperator : IOperator
{
    /// <summary>Limit: more sessions open than kept; one was closed before its time.</summary>
    public const string SessionsLimit = "sessions";

    /// <summary>Limit: more products with cart actions in a session than kept.</summary>
    public const string CartProductsLimit = "cart_products";

    /// <summary>Limit: more categories in a session than followed through the funnel.</summary>
    public const string FunnelCategoriesLimit = "funnel_categories";

    /// <summary>Limit: more cart events without a view before them in a session than kept.</summary>
    public const string FunnelCartsLimit = "funnel_carts";

    /// <summary>Limit: more days of sessions' starts than counted.</summary>
    public const string FunnelDaysLimit = ClosedSessions.FunnelDaysLimit;

    /// <summary>Limit: more categories of closed sessions than counted.</summary>
    public const string SessionCategoriesLimit = ClosedSessions.SessionCategoriesLimit;

    /// <summary>Limit: more products with carts than counted.</summary>
    public const string CartProductTalliesLimit = ClosedSessions.CartProductTalliesLimit;

    private const byte FormatVersion = 1;
    private const string ClosedPart = "sessions/closed";

    private readonly OpenSessions _open = new();
    private readonly ClosedSessions _closed;
    private readonly OperatorOptions _options;
    private readonly LimitCounts _limits;
    private readonly long _timeoutMs;
    private long _sessions;

    /// <summary>An operator without sessions.</summary>
    public SessionOperator(OperatorOptions options, LimitCounts limits)
    {
        _options = options;
        _limits = limits;
        _timeoutMs = (long)options.SessionTimeout.TotalMilliseconds;
        _closed = new ClosedSessions(options, limits);
    }

    /// <summary>Sessions so far, open or closed.</summary>
    public long Sessions => _sessions;

    /// <summary>Sessions that are open.</summary>
    public int Open => _open.Count;

    /// <inheritdoc/>
    public void OnEvent(in OperatorInput input)
    {
        var shopEvent = input.Event;
        var window = Join(shopEvent, input.Position);
        _open.Touch(window, input.Position);
        if (shopEvent.Kind is EventKind.Cart or EventKind.RemoveFromCart or EventKind.Purchase && shopEvent.ProductId is { } product)
        {
            Upsert(window, CartRecord.Of(product).With(shopEvent.Kind, shopEvent.TimeMs, shopEvent.CategoryId));
        }

        if (shopEvent.Kind is EventKind.View or EventKind.Cart or EventKind.Purchase)
        {
            Follow(window, shopEvent);
        }

        CloseOld(input.Position, input.WatermarkMs);
    }

    /// <summary>Adds carts and steps of closed and open sessions, the open ones as if they ended now.</summary>
    /// <param name="tallies">Where they are added; holds none of them yet.</param>
    /// <param name="parts">What of them is wanted.</param>
    public void CountInto(SiteTallies tallies, TallyParts parts)
    {
        if ((parts & (TallyParts.Carts | TallyParts.CartDetails | TallyParts.Funnel)) == TallyParts.None)
        {
            return;
        }

        _closed.CopyTo(tallies, parts);
        var open = new OpenSessionTallies(tallies, parts);
        for (var window = _open.Oldest; window is not null; window = window.Newer)
        {
            window.CountInto(open);
        }
    }

    /// <inheritdoc/>
    public void Capture(OperatorImage image)
    {
        image.Put(ClosedPart, output =>
        {
            var writer = new FormatWriter(output);
            writer.Byte(FormatVersion);
            writer.Count(_sessions);
            writer.Count(_closed.CartHours.Count);
            foreach (var (hour, tally) in _closed.CartHours)
            {
                writer.Signed(hour);
                TallyFormats.Write(writer, tally);
            }
        });
        _closed.Capture(image);
        _open.Capture(image);
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts)
    {
        _sessions = 0;
        _closed.Restore(parts);
        if (parts.TryGetValue(ClosedPart, out var closed))
        {
            ReadClosed(closed.Span);
        }

        _open.Restore(parts);
    }

    private void ReadClosed(ReadOnlySpan<byte> stored)
    {
        var reader = new FormatReader(stored);
        reader.Version(FormatVersion, "closed sessions");
        _sessions = reader.Count();
        for (var left = reader.Items(); left > 0; left--)
        {
            var hour = (int)reader.Signed();
            _closed.CartHours[hour] = TallyFormats.ReadCarts(ref reader);
        }

        reader.End("closed sessions");
    }

    private SessionWindow Join(ShopEvent shopEvent, long position)
    {
        var timeMs = shopEvent.TimeMs;
        SessionWindow? joined = null;
        for (var window = _open.FirstOfKey(shopEvent.UserId, shopEvent.SessionKey); window is not null; window = window.NextOfKey)
        {
            if (window.Reaches(timeMs, _timeoutMs))
            {
                joined = joined is null ? window : MergeSessions(joined, window);
            }
        }

        if (joined is not null)
        {
            joined.FirstMs = Math.Min(joined.FirstMs, timeMs);
            joined.LastMs = Math.Max(joined.LastMs, timeMs);
        }
        else
        {
            joined = new SessionWindow
            {
                Id = position,
                UserId = shopEvent.UserId,
                SessionKey = shopEvent.SessionKey,
                FirstMs = timeMs,
                LastMs = timeMs,
            };
            _open.Insert(joined);
            _sessions++;
        }

        return joined;
    }

    /// <summary>
    /// An event closes the gap between two sessions: they were one. The earlier takes over the later, whatever their order in the chain, which a restart
    /// may change: under the limit of products it shows which carts came first.
    /// </summary>
    private SessionWindow MergeSessions(SessionWindow one, SessionWindow other)
    {
        var (earlier, later) = one.FirstMs < other.FirstMs ? (one, other) : (other, one);
        earlier.LastMs = later.LastMs;
        if (later.Carts is { } carts)
        {
            foreach (var cart in carts)
            {
                Upsert(earlier, cart);
            }
        }

        CountLimit(earlier.Funnel.Merge(later.Funnel, _options.MaxFunnelCarts));
        for (var i = 0; i < later.Categories.Count; i++)
        {
            var category = later.Categories[i];
            ref var steps = ref StepsOf(earlier, category.CategoryId);
            if (!Unsafe.IsNullRef(ref steps))
            {
                CountLimit(steps.Merge(category.Steps, _options.MaxFunnelCarts));
            }
        }

        _open.Remove(later);
        _sessions--;
        return earlier;
    }

    private void Follow(SessionWindow window, ShopEvent shopEvent)
    {
        CountLimit(window.Funnel.Add(shopEvent.Kind, shopEvent.TimeMs, _options.MaxFunnelCarts));
        if (shopEvent.CategoryId is { } category)
        {
            ref var steps = ref StepsOf(window, category);
            if (!Unsafe.IsNullRef(ref steps))
            {
                CountLimit(steps.Add(shopEvent.Kind, shopEvent.TimeMs, _options.MaxFunnelCarts));
            }
        }
    }

    /// <summary>The steps of a category, to be changed in place; no reference if the session has reached its limit of categories.</summary>
    private ref FunnelSteps StepsOf(SessionWindow window, string category)
    {
        ref var found = ref window.Categories.Find(category);
        if (!Unsafe.IsNullRef(ref found))
        {
            return ref found;
        }

        if (window.Categories.Count >= _options.MaxFunnelCategories)
        {
            _limits.Reached(FunnelCategoriesLimit);
            return ref Unsafe.NullRef<FunnelSteps>();
        }

        return ref window.Categories.Add(category, FunnelSteps.None);
    }

    private void CountLimit(bool allKept)
    {
        if (!allKept)
        {
            _limits.Reached(FunnelCartsLimit);
        }
    }

    private void Upsert(SessionWindow window, CartRecord record)
    {
        // Mostly one, so that a list of one costs less than one of four.
        var carts = window.Carts ??= new List<CartRecord>(1);
        for (var i = 0; i < carts.Count; i++)
        {
            if (carts[i].ProductId == record.ProductId)
            {
                carts[i] = carts[i].Merge(record);
                return;
            }
        }

        if (carts.Count < _options.MaxCartProducts)
        {
            carts.Add(record);
        }
        else
        {
            _limits.Reached(CartProductsLimit);
        }
    }

    private void CloseOld(long position, long watermarkMs)
    {
        while (_open.Oldest is { } oldest)
        {
            var ended = oldest.LastMs + _timeoutMs < watermarkMs && oldest.Touched + _options.StragglerEvents < position;
            if (!ended && _open.Count <= _options.MaxSessions)
            {
                return;
            }

            if (!ended)
            {
                _limits.Reached(SessionsLimit);
            }

            oldest.CountInto(_closed);
            _open.CloseOldest();
        }
    }
}
