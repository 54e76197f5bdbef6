using System.Text;

namespace OrleansAnalytics.Charts;

/// <summary>One row of bars: what it is called, how it is coloured, and its values.</summary>
/// <param name="Name">What the values are of.</param>
/// <param name="Style">The class that colours it.</param>
/// <param name="Values">One for each label; negative ones are drawn as 0.</param>
public sealed record ChartSeries(string Name, string Style, IReadOnlyList<decimal> Values);

/// <summary>Bars over time as SVG, several series on top of each other. Each bar tells its value when it is pointed at.</summary>
/// <param name="width">In units of the drawing.</param>
/// <param name="height">In units of the drawing.</param>
public sealed class BarChart(int width, int height)
{
    private const int Left = 52;
    private const int Right = 8;
    private const int Top = 10;
    private const int Bottom = 24;
    private const double WidestBar = 44;
    private const double LabelWidth = 74;

    /// <summary>The drawing.</summary>
    /// <param name="title">What is shown, for those who do not see it.</param>
    /// <param name="labels">Under the bars; some are left out if there are many.</param>
    /// <param name="series">From the bottom up.</param>
    /// <param name="number">How values are written; plain numbers if nothing is said.</param>
    public string Draw(string title, IReadOnlyList<string> labels, IReadOnlyList<ChartSeries> series, Func<decimal, string>? number = null)
    {
        var svg = new StringBuilder()
            .Append($"<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{ChartText.Escape(title)}\">");
        if (labels.Count == 0 || series.Count == 0)
        {
            return svg.Append($"<text class=\"none\" x=\"{width / 2}\" y=\"{height / 2}\" text-anchor=\"middle\">nothing to show</text></svg>").ToString();
        }

        var scale = ChartScale.For(Enumerable.Range(0, labels.Count).Max(at => Total(series, at)));
        DrawLines(svg, scale);
        DrawBars(svg, scale, labels, series, number ?? ChartText.Number);
        DrawLabels(svg, labels);
        return svg.Append("</svg>").ToString();
    }

    private static decimal Total(IReadOnlyList<ChartSeries> series, int at)
    {
        var total = 0d;
        foreach (var one in series)
        {
            total += (double)Math.Max(0, one.Values[at]);
        }

        return total >= (double)decimal.MaxValue ? decimal.MaxValue : (decimal)total;
    }

    private double X(int at, int of) => Left + ((width - Left - Right) * (at + 0.5) / of);

    private double Y(double share) => Top + ((height - Top - Bottom) * (1 - share));

    private void DrawLines(StringBuilder svg, ChartScale scale)
    {
        foreach (var mark in scale.Marks())
        {
            var y = ChartText.At(Y(scale.Share(mark)));
            svg.Append($"<line class=\"grid\" x1=\"{Left}\" x2=\"{width - Right}\" y1=\"{y}\" y2=\"{y}\"/>")
                .Append($"<text x=\"{Left - 6}\" y=\"{y}\" dy=\"4\" text-anchor=\"end\">{ChartText.Short(mark)}</text>");
        }
    }

    private void DrawBars(StringBuilder svg, ChartScale scale, IReadOnlyList<string> labels, IReadOnlyList<ChartSeries> series, Func<decimal, string> number)
    {
        var bar = Math.Min(WidestBar, 0.8 * (width - Left - Right) / labels.Count);
        for (var at = 0; at < labels.Count; at++)
        {
            var below = 0d;
            foreach (var one in series)
            {
                var share = Math.Min(scale.Share(one.Values[at]), 1 - below);
                if (share > 0)
                {
                    svg.Append($"<rect class=\"{one.Style}\" x=\"{ChartText.At(X(at, labels.Count) - (bar / 2))}\" y=\"{ChartText.At(Y(below + share))}\" ")
                        .Append($"width=\"{ChartText.At(bar)}\" height=\"{ChartText.At(Y(below) - Y(below + share))}\">")
                        .Append($"<title>{ChartText.Escape($"{labels[at]} · {one.Name}: {number(one.Values[at])}")}</title></rect>");
                    below += share;
                }
            }
        }
    }

    private void DrawLabels(StringBuilder svg, IReadOnlyList<string> labels)
    {
        var room = Math.Max(1, (int)((width - Left - Right) / LabelWidth));
        var every = (labels.Count + room - 1) / room;
        for (var at = 0; at < labels.Count; at += every)
        {
            svg.Append($"<text x=\"{ChartText.At(X(at, labels.Count))}\" y=\"{height - 8}\" text-anchor=\"middle\">{ChartText.Escape(labels[at])}</text>");
        }
    }
}
