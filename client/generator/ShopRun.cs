namespace OrleansAnalytics.Generator;

/// <summary>
/// One pass through the shop's time. Visits begin in the order of time; those under way wait in a queue, and the one whose event is next
/// writes it. So rows come out sorted, and only the visits under way are in memory.
/// </summary>
internal sealed class ShopRun
{
    private const double Duplicates = 0.00071;
    private const double PriceZero = 0.00162;
    private const double ComesBack = 0.002;
    private const double BuysAgain = 0.45;
    private const double SameProduct = 0.34;
    private const double SameCategory = 0.88;
    private const int LongestGap = 1_700;

    private static readonly double[] Gaps = LogNormal(42, 0.9, 1024);
    private static readonly double[] Paces = LogNormal(1, 0.4, 256);
    private static readonly SessionLengths Lengths = new();

    private readonly GeneratorOptions _options;
    private readonly Catalogue _catalogue;
    private readonly Chance _chance;
    private readonly Shoppers _shoppers;
    private readonly SessionQueue _queue = new();
    private readonly Stack<int> _freeSlots = new();
    private readonly double _sessionsPerDay;
    private readonly long _firstDay;
    private Session[] _sessions = new Session[1024];
    private byte[] _who = new byte[1024 * RowBuffer.WhoLength];
    private int _slots;
    private long _begun;
    private double _daysOfBeginnings;
    private long _nextBeginning;

    public ShopRun(GeneratorOptions options, Catalogue catalogue)
    {
        _options = options;
        _catalogue = catalogue;
        _chance = new Chance(options.Seed);
        _shoppers = new Shoppers(options.EffectiveUsers, options.Events / Lengths.Mean);
        _sessionsPerDay = options.EffectiveEventsPerDay / Lengths.Mean;
        var start = options.Start.ToUnixTimeSeconds();
        _firstDay = start / 86_400;
        _daysOfBeginnings = DayProfile.ShareBy((int)(start % 86_400));
        NextBeginning();
    }

    /// <summary>Rows written.</summary>
    public long Rows { get; private set; }

    /// <summary>Adds the next row, and now and then the same again; false when all are written.</summary>
    public bool Write(RowBuffer buffer)
    {
        if (Rows >= _options.Events)
            return false;

        while (_nextBeginning <= _queue.NextTime)
            Begin();

        var slot = _queue.NextSlot;
        var time = _queue.NextTime;
        ref var session = ref _sessions[slot];
        WriteRow(buffer, time, slot, Act(ref session));
        if (session.Index == session.Length)
        {
            _queue.RemoveNext();
            _freeSlots.Push(slot);
        }
        else
        {
            _queue.MoveNextTo(time + Gap(session.Pace));
        }
        return true;
    }

    private void WriteRow(RowBuffer buffer, long time, int slot, (Deed Deed, int Product) act)
    {
        var kind = act.Deed switch
        {
            Deed.View => "view,"u8,
            Deed.Cart => "cart,"u8,
            Deed.Remove => "remove_from_cart,"u8,
            _ => "purchase,"u8,
        };
        var product = _catalogue.Columns(act.Product);
        var who = _who.AsSpan(slot * RowBuffer.WhoLength, RowBuffer.WhoLength);
        if (_options.Dirt && _chance.Happens(PriceZero))
        {
            Span<byte> free = stackalloc byte[product.Length];
            var priceAt = product.Length - _catalogue.PriceLength(act.Product);
            product.CopyTo(free);
            "0.00"u8.CopyTo(free[priceAt..]);
            buffer.AddRow(time, kind, free[..(priceAt + 4)], who);
        }
        else
        {
            buffer.AddRow(time, kind, product, who);
        }
        Rows++;
        if (_options.Dirt && Rows < _options.Events && _chance.Happens(Duplicates))
        {
            buffer.RepeatRow();
            Rows++;
        }
    }

    private (Deed Deed, int Product) Act(ref Session session)
    {
        var index = session.Index++;
        if (_options.Removals)
            return ActInCosmetics(ref session, index);
        if (index == session.CartAt)
        {
            session.Cart[0] = session.Product;
            session.InCart = 1;
            return (Deed.Cart, session.Product);
        }
        if (index == session.BuyAt || (session.JustBought && _chance.Happens(BuysAgain)))
        {
            session.JustBought = true;
            return (Deed.Purchase, session.InCart > 0 ? session.Cart[0] : session.Product);
        }
        session.JustBought = false;
        return (Deed.View, Look(ref session, index));
    }

    private (Deed Deed, int Product) ActInCosmetics(ref Session session, int index)
    {
        var mood = _chance.Unit();
        if (session.InCart > 0 && mood < 0.70)
        {
            var product = session.Cart[--session.InCart];
            return (mood < 0.45 ? Deed.Remove : Deed.Purchase, product);
        }
        // Where the cart is empty, all of the range is left; so views are likelier there.
        if (mood > (session.InCart > 0 ? 0.88 : 0.48))
            return (Deed.View, Look(ref session, index));

        var chosen = Look(ref session, index);
        if (session.InCart < Session.CartSize)
            session.Cart[session.InCart++] = chosen;
        return (Deed.Cart, chosen);
    }

    private int Look(ref Session session, int index)
    {
        var mind = _chance.Unit();
        if (index > 0 && mind < SameProduct)
            return session.Product;
        if (index == 0 || mind > SameCategory)
            session.Category = _catalogue.DrawCategory(_chance);
        return session.Product = _catalogue.DrawProduct(session.Category, _chance);
    }

    private void Begin()
    {
        if (!_freeSlots.TryPop(out var slot))
        {
            slot = _slots++;
            if (slot == _sessions.Length)
            {
                Array.Resize(ref _sessions, slot * 2);
                Array.Resize(ref _who, slot * 2 * RowBuffer.WhoLength);
            }
        }

        var length = Lengths.Draw(_chance);
        var (cartAt, buyAt) = _options.Removals ? (-1, -1) : Lengths.Plan(length, _chance);
        _sessions[slot] = new Session
        {
            Length = length,
            CartAt = cartAt,
            BuyAt = buyAt,
            Pace = Paces[_chance.Below(Paces.Length)],
        };
        RowBuffer.FormatWho(_shoppers.Next(_chance), RandomGuid(), _who.AsSpan(slot * RowBuffer.WhoLength, RowBuffer.WhoLength));
        _queue.Add(_nextBeginning, _begun++, slot);
        NextBeginning();
    }

    private void NextBeginning()
    {
        // Gaps between independent visitors are exponential; the 1 keeps the logarithm finite.
        _daysOfBeginnings -= PortableMath.Ln(((_chance.Next() >> 12) + 1) * (1.0 / (1UL << 52))) / _sessionsPerDay;
        var day = (long)_daysOfBeginnings;
        _nextBeginning = ((_firstDay + day) * 86_400) + DayProfile.SecondAt(_daysOfBeginnings - day);
    }

    private long Gap(double pace)
    {
        var gap = Math.Clamp((long)(Gaps[_chance.Below(Gaps.Length)] * pace), 1, LongestGap);
        return _options.Dirt && _chance.Happens(ComesBack) ? gap + 1_860 + _chance.Below(28_000) : gap;
    }

    // Version and variant bits as in a random GUID, so that strict readers take it.
    private Guid RandomGuid()
    {
        ulong high = _chance.Next(), low = _chance.Next();
        return new Guid(
            (uint)(high >> 32), (ushort)(high >> 16), (ushort)((high & 0x0FFF) | 0x4000),
            (byte)(((low >> 56) & 0x3F) | 0x80), (byte)(low >> 48), (byte)(low >> 40), (byte)(low >> 32),
            (byte)(low >> 24), (byte)(low >> 16), (byte)(low >> 8), (byte)low);
    }

    private static double[] LogNormal(double median, double spread, int size)
    {
        var values = PortableMath.NormalQuantiles(size);
        for (var i = 0; i < size; i++)
            values[i] = median * PortableMath.Exp(spread * values[i]);
        return values;
    }

    private enum Deed
    {
        View,
        Cart,
        Remove,
        Purchase,
    }
}
