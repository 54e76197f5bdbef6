using System.Globalization;
using System.Xml.Linq;
using CsCheck;
using OrleansAnalytics.Charts;
using Xunit;

namespace OrleansAnalytics.Tests.Charts;

public sealed class ChartTests
{
    private const string Hostile = "</text><script>alert(1)</script>\"'&\u001b\u202e\ud800";
    private static readonly decimal[] Odd = [0, 0.0000001m, decimal.MaxValue, -5];
    private static readonly Gen<decimal> Values = Gen.OneOf(Gen.Decimal[0, 1000], Gen.Int[0, Odd.Length - 1].Select(at => Odd[at]), Gen.Int[0, 1_000_000_000].Select(value => (decimal)value));

    [Fact]
    public void Bars_stay_in_the_drawing_whatever_the_values() => Gen.Select(Values.Array[1, 60], Values.Array[60]).Sample((first, second) =>
    {
        var labels = first.Select((_, at) => at.ToString(CultureInfo.InvariantCulture)).ToList();
        var svg = XElement.Parse(new BarChart(500, 200).Draw("t", labels, [new ChartSeries("a", "view", first), new ChartSeries("b", "cart", second[..first.Length])]));

        foreach (var bar in svg.Descendants("rect"))
        {
            Assert.InRange(At(bar, "y"), 9.9, 176.1);
            Assert.InRange(At(bar, "y") + At(bar, "height"), 9.9, 176.1);
            Assert.InRange(At(bar, "x"), 52, 492 - At(bar, "width") + 0.1);
        }
    });

    [Fact]
    public void The_largest_bar_is_the_highest_and_equal_ones_are_as_high()
    {
        var svg = XElement.Parse(new BarChart(500, 200).Draw("t", ["a", "b", "c"], [new ChartSeries("s", "view", [2, 4, 4])]));

        var heights = svg.Descendants("rect").Select(bar => At(bar, "height")).ToList();
        Assert.Equal(heights[1], heights[2]);
        Assert.Equal(heights[0] * 2, heights[1], 0.02);
        Assert.Equal(["a · s: 2", "b · s: 4", "c · s: 4"], svg.Descendants("title").Select(title => title.Value));
    }

    [Fact]
    public void One_point_is_one_bar_and_no_data_is_said()
    {
        Assert.Single(XElement.Parse(new BarChart(500, 200).Draw("t", ["a"], [new ChartSeries("s", "view", [1])])).Descendants("rect"));
        Assert.Equal("nothing to show", XElement.Parse(new BarChart(500, 200).Draw("t", [], [])).Value);
        Assert.Equal("nothing to show", XElement.Parse(new HeatMap(500).Draw("t", [], ["a"], (_, _) => 1)).Value);
        Assert.Contains("nothing to show", HtmlTable.Of([new("a")], []), StringComparison.Ordinal);
        Assert.Empty(XElement.Parse(new BarChart(500, 200).Draw("t", ["a", "b"], [new ChartSeries("s", "view", [0, 0])])).Descendants("rect"));
    }

    [Fact]
    public void Many_bars_have_few_labels()
    {
        var labels = Enumerable.Range(0, 600).Select(at => at.ToString(CultureInfo.InvariantCulture)).ToList();
        var svg = XElement.Parse(new BarChart(1000, 200).Draw("t", labels, [new ChartSeries("s", "view", [.. labels.Select(_ => 1m)])]));

        Assert.Equal(600, svg.Descendants("rect").Count());
        Assert.InRange(svg.Elements("text").Count(text => (string?)text.Attribute("y") == "192"), 5, 12);
    }

    [Fact]
    public void Texts_from_outside_are_texts_wherever_they_stand()
    {
        string[] drawn =
        [
            new BarChart(500, 200).Draw(Hostile, [Hostile], [new ChartSeries(Hostile, "view", [1])]),
            new HeatMap(500).Draw(Hostile, [Hostile], [Hostile], (_, _) => 1),
            HtmlTable.Of([new(Hostile, IsNumber: false)], [[new(Hostile, 0.5)]]),
        ];
        Assert.All(drawn, html =>
        {
            Assert.DoesNotContain(XElement.Parse(html).DescendantsAndSelf(), element => element.Name.LocalName.Contains("script", StringComparison.OrdinalIgnoreCase));
            Assert.DoesNotContain(html, character => char.IsControl(character) || character == '\u202e' || char.IsSurrogate(character));
        });
        Assert.Equal("a&amp;b&lt;&gt;&quot;&#39;\uFFFDé😀", ChartText.Escape("a&b<>\"'\0é😀"));
    }

    [Fact]
    public void A_scale_holds_the_largest_value_with_a_few_round_steps() => Values.Sample(largest =>
    {
        var scale = ChartScale.For(largest);

        Assert.True(scale.Top >= largest * 0.999999m && scale.Top > 0);
        Assert.InRange(scale.Marks().Count(), 2, 8);
        Assert.InRange(scale.Share(largest), 0, 1);
    });

    [Theory]
    [InlineData("0", "0")]
    [InlineData("2.5", "2.5")]
    [InlineData("999", "999")]
    [InlineData("1250", "1.25k")]
    [InlineData("60000", "60k")]
    [InlineData("2500000", "2.5M")]
    [InlineData("9223372036854775807", "9.22E18")]
    public void Numbers_of_an_axis_are_short(string value, string expected) => Assert.Equal(expected, ChartText.Short(decimal.Parse(value, CultureInfo.InvariantCulture)));

    [Fact]
    public void Numbers_of_tables_are_exact()
    {
        Assert.Equal(("1,234,567", "1,234.50", "2,491,768.60", "1.53 %", "–"),
            (ChartText.Number(1_234_567), ChartText.Number(1234.5m), ChartText.Money(2_491_768.6m), ChartText.Percent(0.0153m), ChartText.Percent(null)));
        Assert.Equal((28, "short"), (ChartText.Label(new string('x', 40)).Length, ChartText.Label("short")));
    }

    private static double At(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
}
