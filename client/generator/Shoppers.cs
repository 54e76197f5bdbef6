namespace OrleansAnalytics.Generator;

/// <summary>
/// Whose session begins. Some sessions are somebody's first and walk through all shoppers once; the others go to shoppers by how active they
/// are, which is log-normal. To pick one in proportion to a log-normal activity, draw its logarithm from the normal distribution moved up by
/// one variance and look up whose rank that is; so no table of shoppers is needed.
/// </summary>
internal sealed class Shoppers
{
    private const double Spread = 1.9;
    private const int Quantiles = 4096;
    private const long IdPrime = 536_870_909;

    private static readonly double[] Normal = PortableMath.NormalQuantiles(Quantiles);
    private static readonly double[] Distribution = PortableMath.NormalDistribution();

    private readonly long _count;
    private readonly long _step;
    private readonly double _firstVisits;
    private long _met;

    public Shoppers(long count, double expectedSessions)
    {
        _count = count;
        _firstVisits = Math.Min(1, count / expectedSessions);
        _step = (long)(count * 0.6180339887) | 1;
        while (GreatestCommonDivisor(_step, count) != 1)
            _step += 2;
    }

    /// <summary>The user id of the next session: nine digits.</summary>
    public long Next(Chance chance)
    {
        if (_met < _count && chance.Happens(_firstVisits))
            return Id(_met++);

        var bits = chance.Next();
        var i = (int)(bits >> 52);
        var part = (bits & 0xFFFFFFFF) * (1.0 / 4294967296.0);
        var z = Normal[i] + (part * (Normal[Math.Min(i + 1, Quantiles - 1)] - Normal[i])) + Spread;
        var rank = Math.Min((long)(Below(z) * _count), _count - 1);
        // Without mixing, the most active shoppers would all come for the first time at the end.
        return Id(rank * _step % _count);
    }

    private static long Id(long index) => 400_000_000 + (index * 324_508_639 % IdPrime);

    private static double Below(double z)
    {
        var at = Math.Clamp((z + 8) * 64, 0, Distribution.Length - 1.001);
        var i = (int)at;
        return Distribution[i] + ((at - i) * (Distribution[i + 1] - Distribution[i]));
    }

    private static long GreatestCommonDivisor(long a, long b)
    {
        while (b != 0)
            (a, b) = (b, a % b);
        return a;
    }
}
