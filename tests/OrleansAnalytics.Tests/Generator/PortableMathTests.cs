using CsCheck;
using OrleansAnalytics.Generator;
using Xunit;

namespace OrleansAnalytics.Tests.Generator;

public sealed class PortableMathTests
{
    [Fact]
    public void Exp_agrees_with_the_platform() =>
        Gen.Double[-300, 300].Sample(x => Math.Abs((PortableMath.Exp(x) / Math.Exp(x)) - 1) < 1e-12);

    [Fact]
    public void Ln_agrees_with_the_platform() =>
        Gen.Double[1e-9, 1e9].Sample(x => Math.Abs(PortableMath.Ln(x) - Math.Log(x)) < 1e-12 * Math.Max(1, Math.Abs(Math.Log(x))));

    [Fact]
    public void Normal_quantiles_are_known_numbers()
    {
        var quantiles = PortableMath.NormalQuantiles(1000);
        Assert.Equal(-1.9577, quantiles[25], 0.02);
        Assert.Equal(0, quantiles[500], 0.01);
        Assert.Equal(1.2816, quantiles[900], 0.01);
    }

    [Fact]
    public void An_alias_table_draws_by_weight()
    {
        var table = new AliasTable([1, 0, 6, 3]);
        var chance = new Chance(1);
        var drawn = new int[4];
        for (var i = 0; i < 100_000; i++)
            drawn[table.Draw(chance)]++;
        Assert.Equal(0, drawn[1]);
        Assert.Equal(10_000, drawn[0], 500.0);
        Assert.Equal(60_000, drawn[2], 1_000.0);
        Assert.Equal(30_000, drawn[3], 1_000.0);
    }
}
