using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>
/// How far a session came from view to cart to purchase, so that the answer does not depend on the order in which its events arrive. A session has
/// reached the cart if a cart event lies at or after its first view, and the purchase if its last purchase lies at or after such a cart event. A
/// straggler can only move the first view back and the last purchase on, so of all times of cart events these are enough: the first at or after
/// the first view, the last at or before the last purchase, and those that are neither, which lie between a purchase and a view after it, or have no view or
/// purchase at all. A session that began with a view keeps one or two.
/// </summary>
public struct FunnelSteps : IEquatable<FunnelSteps>
{
    private long _firstViewMs;
    private long _lastPurchaseMs;

    // Ascending; null if there are none. Never changed in place: copies of the struct share it.
    private long[]? _cartsMs;

    /// <summary>A session without any of the three kinds of events.</summary>
    public static FunnelSteps None => new() { _firstViewMs = long.MaxValue, _lastPurchaseMs = long.MinValue };

    /// <summary>There is a view.</summary>
    public readonly bool HasView => _firstViewMs != long.MaxValue;

    /// <summary>There is a cart event at or after a view.</summary>
    public readonly bool HasCart => HasView && _cartsMs is not null && _cartsMs[^1] >= _firstViewMs;

    /// <summary>There is a purchase at or after a cart event at or after a view.</summary>
    public readonly bool HasPurchase
    {
        get
        {
            if (!HasCart)
            {
                return false;
            }

            var first = FirstAtOrAfter(_firstViewMs);
            return _cartsMs![first] <= _lastPurchaseMs;
        }
    }

    /// <summary>Adds an event; kinds that are no step change nothing.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="timeMs">Its time.</param>
    /// <param name="maxCarts">Times of cart events kept, at least 2; beyond it one in the middle is forgotten.</param>
    /// <returns>False if a time was forgotten.</returns>
    public bool Add(EventKind kind, long timeMs, int maxCarts)
    {
        switch (kind)
        {
            case EventKind.View:
                if (timeMs < _firstViewMs)
                {
                    _firstViewMs = timeMs;
                    Reduce();
                }

                return true;
            case EventKind.Purchase:
                if (timeMs > _lastPurchaseMs)
                {
                    _lastPurchaseMs = timeMs;
                    Reduce();
                }

                return true;
            case EventKind.Cart:
                return AddCart(timeMs, maxCarts);
            default:
                return true;
        }
    }

    /// <summary>Adds the events of another part of the same session.</summary>
    /// <returns>False if a time was forgotten.</returns>
    public bool Merge(FunnelSteps other, int maxCarts)
    {
        _firstViewMs = Math.Min(_firstViewMs, other._firstViewMs);
        _lastPurchaseMs = Math.Max(_lastPurchaseMs, other._lastPurchaseMs);
        Reduce();
        var all = true;
        foreach (var cartMs in other._cartsMs ?? [])
        {
            all &= AddCart(cartMs, maxCarts);
        }

        return all;
    }

    /// <summary>Counts a session that came so far.</summary>
    public readonly void CountInto(FunnelTally tally)
    {
        tally.Sessions++;
        tally.View += HasView ? 1 : 0;
        tally.Cart += HasCart ? 1 : 0;
        tally.Purchase += HasPurchase ? 1 : 0;
    }

    /// <summary>Writes the steps, times as differences to <paramref name="startMs"/>.</summary>
    public readonly void WriteTo(FormatWriter writer, long startMs)
    {
        writer.Byte((byte)((HasView ? 1 : 0) | (_lastPurchaseMs != long.MinValue ? 2 : 0)));
        if (HasView)
        {
            writer.Signed(_firstViewMs - startMs);
        }

        if (_lastPurchaseMs != long.MinValue)
        {
            writer.Signed(_lastPurchaseMs - startMs);
        }

        writer.Count(_cartsMs?.Length ?? 0);
        foreach (var cartMs in _cartsMs ?? [])
        {
            writer.Signed(cartMs - startMs);
        }
    }

    /// <summary>Reads steps that were written with the same <paramref name="startMs"/>.</summary>
    /// <exception cref="DamagedFormatException">The bytes are no steps.</exception>
    public static FunnelSteps Read(ref FormatReader reader, long startMs)
    {
        var steps = None;
        var has = reader.Byte();
        if (has > 3)
        {
            throw new DamagedFormatException($"{has} says nothing about the steps of a session");
        }

        if ((has & 1) != 0)
        {
            steps._firstViewMs = startMs + reader.Signed();
        }

        if ((has & 2) != 0)
        {
            steps._lastPurchaseMs = startMs + reader.Signed();
        }

        var carts = reader.Items();
        if (carts == 0)
        {
            return steps;
        }

        steps._cartsMs = new long[carts];
        for (var i = 0; i < carts; i++)
        {
            steps._cartsMs[i] = startMs + reader.Signed();
            if (i > 0 && steps._cartsMs[i] <= steps._cartsMs[i - 1])
            {
                throw new DamagedFormatException("the cart events of a session are not in order");
            }
        }

        return steps;
    }

    /// <inheritdoc/>
    public readonly bool Equals(FunnelSteps other) =>
        _firstViewMs == other._firstViewMs && _lastPurchaseMs == other._lastPurchaseMs && _cartsMs.AsSpan().SequenceEqual(other._cartsMs);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is FunnelSteps other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => HashCode.Combine(_firstViewMs, _lastPurchaseMs, _cartsMs?.Length);

    /// <summary>Equal in all that is kept.</summary>
    public static bool operator ==(FunnelSteps left, FunnelSteps right) => left.Equals(right);

    /// <summary>Different in something that is kept.</summary>
    public static bool operator !=(FunnelSteps left, FunnelSteps right) => !left.Equals(right);

    private bool AddCart(long cartMs, int maxCarts)
    {
        if (_cartsMs is null)
        {
            _cartsMs = [cartMs];
            return true;
        }

        var index = FirstAtOrAfter(cartMs);
        if (IsBehindAnother(cartMs, index))
        {
            return true;
        }

        _cartsMs = [.. _cartsMs.AsSpan(0, index), cartMs, .. _cartsMs.AsSpan(index)];
        Reduce();
        if (_cartsMs.Length <= maxCarts)
        {
            return true;
        }

        var middle = _cartsMs.Length / 2;
        _cartsMs = [.. _cartsMs.AsSpan(0, middle), .. _cartsMs.AsSpan(middle + 1)];
        return false;
    }

    /// <summary>True if a time that is kept says all that this one could ever say.</summary>
    private readonly bool IsBehindAnother(long cartMs, int index) =>
        (index < _cartsMs!.Length && (_cartsMs[index] == cartMs || _cartsMs[index] <= _lastPurchaseMs))
        || (index > 0 && _cartsMs[index - 1] >= _firstViewMs);

    private void Reduce()
    {
        if (_cartsMs is null || _cartsMs.Length == 1)
        {
            return;
        }

        // Those at or before the last purchase end here, those at or after the first view begin there.
        var ended = _lastPurchaseMs == long.MinValue ? 0 : FirstAtOrAfter(_lastPurchaseMs + 1);
        var begun = FirstAtOrAfter(_firstViewMs);
        var (from, to) = begun < ended ? (begun, begun + 1) : (Math.Max(0, ended - 1), Math.Min(_cartsMs.Length, begun + 1));
        if (to - from < _cartsMs.Length)
        {
            _cartsMs = _cartsMs[from..to];
        }
    }

    private readonly int FirstAtOrAfter(long timeMs)
    {
        var index = Array.BinarySearch(_cartsMs!, timeMs);
        return index >= 0 ? index : ~index;
    }
}
