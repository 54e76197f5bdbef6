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
    public void Fetch(ReadOnlySpan<OperatorInput> next)
    {
        if (Ahead.IsSupported && next.Length > 2 * Ahead.Stride)
        {
            _open.Fetch(SessionName.Of(next[2 * Ahead.Stride]));
            _open.FetchFirstOf(SessionName.Of(next[Ahead.Stride]));
        }
    }

    /// <inheritdoc/>
    public void OnEvent(in OperatorInput input)
    {
        var shopEvent = input.Event;
        var row = Join(input);
        _open.Touch(row, input.Position);
        ref var window = ref _open[row];
        if (shopEvent.Kind is EventKind.Cart or EventKind.RemoveFromCart or EventKind.Purchase && shopEvent.ProductId is { } product)
        {
            Upsert(ref window, CartRecord.Of(product).With(shopEvent.Kind, shopEvent.TimeMs, shopEvent.CategoryId));
        }

        if (shopEvent.Kind is EventKind.View or EventKind.Cart or EventKind.Purchase)
        {
            Follow(ref window, shopEvent);
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
        for (var row = _open.Oldest; row != SessionIndex.None; row = _open[row].Newer)
        {
            _open[row].CountInto(open);
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

    private int Join(in OperatorInput input)
    {
        var timeMs = input.Event.TimeMs;
        var name = SessionName.Of(input);
        var joined = SessionIndex.None;
        var next = SessionIndex.None;
        for (var row = _open.FirstOf(name); row != SessionIndex.None; row = next)
        {
            // It may be gone afterwards.
            next = _open[row].NextOfName;
            if (_open[row].Reaches(timeMs, _timeoutMs))
            {
                joined = joined == SessionIndex.None ? row : Merge(joined, row);
            }
        }

        if (joined == SessionIndex.None)
        {
            _sessions++;
            return _open.Insert(new SessionWindow { Id = input.Position, Name = name, FirstMs = timeMs, LastMs = timeMs });
        }

        ref var window = ref _open[joined];
        window.FirstMs = Math.Min(window.FirstMs, timeMs);
        window.LastMs = Math.Max(window.LastMs, timeMs);
        return joined;
    }

    /// <summary>
    /// An event closes the gap between two sessions: they were one. The earlier takes over the later, whatever their order in the chain, which a restart
    /// may change: under the limit of products it shows which carts came first.
    /// </summary>
    private int Merge(int one, int other)
    {
        var (earlierRow, laterRow) = _open[one].FirstMs < _open[other].FirstMs ? (one, other) : (other, one);
        ref var earlier = ref _open[earlierRow];
        ref var later = ref _open[laterRow];
        earlier.LastMs = later.LastMs;
        if (later.Carts is { } carts)
        {
            foreach (var cart in carts)
            {
                Upsert(ref earlier, cart);
            }
        }

        CountLimit(earlier.Funnel.Merge(later.Funnel, _options.MaxFunnelCarts));
        for (var i = 0; i < later.Categories.Count; i++)
        {
            var category = later.Categories[i];
            ref var steps = ref StepsOf(ref earlier, category.CategoryId);
            if (!Unsafe.IsNullRef(ref steps))
            {
                CountLimit(steps.Merge(category.Steps, _options.MaxFunnelCarts));
            }
        }

        _open.Remove(laterRow);
        _sessions--;
        return earlierRow;
    }

    private void Follow(ref SessionWindow window, ShopEvent shopEvent)
    {
        CountLimit(window.Funnel.Add(shopEvent.Kind, shopEvent.TimeMs, _options.MaxFunnelCarts));
        if (shopEvent.CategoryId is { } category)
        {
            ref var steps = ref StepsOf(ref window, category);
            if (!Unsafe.IsNullRef(ref steps))
            {
                CountLimit(steps.Add(shopEvent.Kind, shopEvent.TimeMs, _options.MaxFunnelCarts));
            }
        }
    }

    /// <summary>The steps of a category, to be changed in place; no reference if the session has reached its limit of categories.</summary>
    private ref FunnelSteps StepsOf(ref SessionWindow window, string category)
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

    private void Upsert(ref SessionWindow window, CartRecord record)
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
        while (_open.Oldest != SessionIndex.None)
        {
            ref readonly var oldest = ref _open[_open.Oldest];
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
