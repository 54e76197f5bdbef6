namespace OrleansAnalytics.Generator;

/// <summary>
/// Elementary functions from +, −, × and ÷ alone. IEEE 754 fixes those to the last bit; Math.Exp and Math.Log come from the platform's C
/// library and differ in the last bit, which would change a generated file.
/// </summary>
internal static class PortableMath
{
    private const double Ln2 = 0.693147180559945309;

    /// <summary>eˣ for |x| ≤ 700, to about 1e-15 relative.</summary>
    public static double Exp(double x)
    {
        var k = Math.Floor((x / Ln2) + 0.5);
        var r = x - (k * Ln2);
        double term = 1, sum = 1;
        for (var i = 1; i <= 18; i++)
        {
            term = term * r / i;
            sum += term;
        }
        return sum * BitConverter.Int64BitsToDouble((long)(k + 1023) << 52);
    }

    /// <summary>Natural logarithm of a positive normal number.</summary>
    public static double Ln(double x)
    {
        var bits = BitConverter.DoubleToInt64Bits(x);
        var exponent = (int)((bits >> 52) & 0x7FF) - 1023;
        var mantissa = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFF) | (1023L << 52));
        var y = (mantissa - 1) / (mantissa + 1);
        var square = y * y;
        double power = y, sum = 0;
        for (var i = 1; i <= 31; i += 2)
        {
            sum += power / i;
            power *= square;
        }
        return (exponent * Ln2) + (2 * sum);
    }

    /// <summary>Quantiles of the standard normal distribution: entry i belongs to the probability (i + ½) / size.</summary>
    public static double[] NormalQuantiles(int size)
    {
        const double Step = 1.0 / 4096;
        var result = new double[size];
        double z = -8, below = 0;
        for (var i = 0; i < size; i++)
        {
            var wanted = (i + 0.5) / size;
            while (below < wanted && z < 8)
            {
                below += Density(z + (Step / 2)) * Step;
                z += Step;
            }
            result[i] = z;
        }
        return result;
    }

    /// <summary>The standard normal distribution function at −8, −8 + 1/64, … 8.</summary>
    public static double[] NormalDistribution()
    {
        const int PerStep = 16;
        var result = new double[(16 * 64) + 1];
        double below = 0;
        for (var i = 1; i < result.Length; i++)
        {
            for (var j = 0; j < PerStep; j++)
                below += Density(-8 + ((i - 1 + ((j + 0.5) / PerStep)) / 64)) / (64 * PerStep);
            result[i] = Math.Min(below, 1);
        }
        return result;
    }

    private static double Density(double z) => 0.398942280401432678 * Exp(-z * z / 2);
}
