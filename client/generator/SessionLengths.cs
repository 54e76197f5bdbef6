namespace OrleansAnalytics.Generator;

/// <summary>
/// How many events a session has and what comes of it. The share of sessions with at least n events is a broken line in logarithmic scales
/// through points read from the October 2019 data: mean 4.7, standard deviation 7.4, half of all sessions ≤ 2, a tenth ≥ 11, one in a hundred ≥ 36.
/// </summary>
internal sealed class SessionLengths
{
    /// <summary>The longest session.</summary>
    public const int Max = 4_128;

    private const double Converting = 0.061;
    private const double Abandoning = 0.058;
    private const double BoughtWithoutCart = 0.16;

    private static readonly (int Length, double AtLeast)[] Points =
        [(1, 1), (2, 0.65), (3, 0.47), (4, 0.36), (6, 0.240), (12, 0.0965), (37, 0.0098), (100, 0.0004), (500, 2e-6), (Max + 1, 1e-10)];

    private readonly AliasTable _lengths;
    private readonly double _buy;
    private readonly double _abandon;
    private readonly double _buyWithoutCart;

    public SessionLengths()
    {
        var share = new double[Max];
        for (var i = 0; i < Max; i++)
            share[i] = AtLeast(i + 1) - AtLeast(i + 2);
        share[^1] += AtLeast(Max + 1);
        _lengths = new AliasTable(share);

        double inclined = 0, inclinedInTwo = 0;
        for (var i = 0; i < Max; i++)
        {
            Mean += share[i] * (i + 1);
            inclined += share[i] * Inclination(i + 1);
        }
        inclinedInTwo = share[1] * Inclination(2);
        _buy = Converting / inclined;
        _abandon = Abandoning / inclined;
        // Two events are a view and a purchase, so the longer sessions make up the rest of those without a cart.
        _buyWithoutCart = ((BoughtWithoutCart * inclined) - inclinedInTwo) / (inclined - inclinedInTwo);
    }

    /// <summary>Mean events per session.</summary>
    public double Mean { get; }

    /// <summary>The number of events of a session, 1 to <see cref="Max"/>.</summary>
    public int Draw(Chance chance) => _lengths.Draw(chance) + 1;

    /// <summary>At which events of a session of that length something is put into the cart and bought; −1 for never.</summary>
    public (int CartAt, int BuyAt) Plan(int length, Chance chance)
    {
        if (length < 2)
            return (-1, -1);

        var inclination = Inclination(length);
        var fate = chance.Unit();
        if (fate < _buy * inclination)
        {
            if (length == 2 || chance.Happens(_buyWithoutCart))
                return (-1, 1 + (int)chance.Below(Math.Min(length - 1, 8)));
            var cart = 1 + (int)chance.Below(Math.Min(length - 2, 6));
            return (cart, cart + 1 + (int)chance.Below(Math.Min(length - 1 - cart, 3)));
        }
        return fate < (_buy + _abandon) * inclination ? (1 + (int)chance.Below(Math.Min(length - 1, 8)), -1) : (-1, -1);
    }

    // Sessions of hundreds of events are crawlers and comparers: they rarely buy.
    private static double Inclination(int length) => length switch
    {
        1 => 0,
        2 => 0.15,
        <= 10 => 1,
        <= 40 => 0.7,
        _ => 0.2,
    };

    private static double AtLeast(int length)
    {
        var i = 1;
        while (i < Points.Length - 1 && Points[i].Length < length)
            i++;
        var (from, to) = (Points[i - 1], Points[i]);
        var part = PortableMath.Ln((double)length / from.Length) / PortableMath.Ln((double)to.Length / from.Length);
        return from.AtLeast * PortableMath.Exp(part * PortableMath.Ln(to.AtLeast / from.AtLeast));
    }
}
