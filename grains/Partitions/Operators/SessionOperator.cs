using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>
/// Sessions and the carts in them. A session is a window of event times of one (user, session key) without a gap longer than the timeout; an event
/// joins the windows it reaches and merges them, so the result does not depend on the order of arrival as long as the windows are open.
/// A session stays open for stragglers until its end is behind the watermark and it has not been touched for a number of events; then its
/// carts move to the hourly tallies. An event that comes later still begins a session of its own, and is counted under the limits.
/// </summary>
public sealed class SessionOperator : IOperator
{
    /// <summary>Limit: more sessions open than kept; one was closed before its time.</summary>
    public const string SessionsLimit = "sessions";

    /// <summary>Limit: more products with cart actions in a session than kept.</summary>
    public const string CartProductsLimit = "cart_products";

    private const byte FormatVersion = 1;
    private const string ClosedPart = "sessions/closed";

    private readonly OpenSessions _open = new();
    private readonly Dictionary<int, CartTally> _closedCarts = [];
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
    }

    /// <summary>Sessions so far, open or closed.</summary>
    public long Sessions => _sessions;

    /// <summary>Sessions that are open.</summary>
    public int Open => _open.Count;

    /// <inheritdoc/>
    public void OnEvent(in OperatorInput input)
    {
        var shopEvent = input.Event;
        var window = Join(shopEvent, input.UserHash);
        _open.Touch(window, input.Position);
        if (shopEvent.Kind is EventKind.Cart or EventKind.RemoveFromCart or EventKind.Purchase && shopEvent.ProductId is { } product)
        {
            AddCartAction(window, product, shopEvent.Kind, shopEvent.TimeMs);
        }

        CloseOld(input.Position, input.WatermarkMs);
    }

    /// <summary>Adds the carts of closed and open sessions, the open ones as if they ended now.</summary>
    public void CountCarts(Dictionary<int, CartTally> hours)
    {
        foreach (var (hour, closed) in _closedCarts)
        {
            hours[hour] = closed with { };
        }

        for (var window = _open.Oldest; window is not null; window = window.Newer)
        {
            foreach (var cart in window.Carts ?? [])
            {
                cart.CountInto(hours);
            }
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
            writer.Count(_closedCarts.Count);
            foreach (var (hour, tally) in _closedCarts)
            {
                writer.Signed(hour);
                writer.Count(tally.Purchased);
                writer.Count(tally.Removed);
                writer.Count(tally.Abandoned);
            }
        });
        _open.Capture(image);
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts)
    {
        _sessions = 0;
        _closedCarts.Clear();
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
            _closedCarts[hour] = new CartTally { Purchased = reader.Count(), Removed = reader.Count(), Abandoned = reader.Count() };
        }

        reader.End("closed sessions");
    }

    private SessionWindow Join(ShopEvent shopEvent, ulong userHash)
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
                UserId = shopEvent.UserId,
                SessionKey = shopEvent.SessionKey,
                Bucket = OpenSessions.BucketOf(userHash),
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
        foreach (var cart in later.Carts ?? [])
        {
            Upsert(earlier, cart);
        }

        _open.Remove(later);
        _sessions--;
        return earlier;
    }

    private void AddCartAction(SessionWindow window, string product, EventKind kind, long timeMs) =>
        Upsert(window, CartRecord.Of(product).With(kind, timeMs));

    private void Upsert(SessionWindow window, CartRecord record)
    {
        var carts = window.Carts ??= [];
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

            foreach (var cart in oldest.Carts ?? [])
            {
                cart.CountInto(_closedCarts);
            }

            _open.Remove(oldest);
        }
    }
}
