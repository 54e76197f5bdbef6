using System.Globalization;
using System.Text;

namespace OrleansAnalytics.Charts;

/// <summary>A field for each row and column as SVG, the darker the larger its value.</summary>
/// <param name="width">In units of the drawing.</param>
public sealed class HeatMap(int width)
{
    private const int Left = 74;
    private const int RowHeight = 15;
    private const int Head = 18;

    /// <summary>The drawing.</summary>
    /// <param name="title">What is shown, for those who do not see it.</param>
    /// <param name="rows">Names of the rows.</param>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="values">By row and column; 0 and less stays empty.</param>
    public string Draw(string title, IReadOnlyList<string> rows, IReadOnlyList<string> columns, Func<int, int, decimal> values)
    {
        var svg = new StringBuilder()
            .Append($"<svg viewBox=\"0 0 {width} {Head + (Math.Max(1, rows.Count) * RowHeight)}\" role=\"img\" aria-label=\"{ChartText.Escape(title)}\">");
        if (rows.Count == 0 || columns.Count == 0)
        {
            return svg.Append($"<text class=\"none\" x=\"{width / 2}\" y=\"{Head}\" text-anchor=\"middle\">nothing to show</text></svg>").ToString();
        }

        var field = (double)(width - Left) / columns.Count;
        var largest = Enumerable.Range(0, rows.Count).Max(row => Enumerable.Range(0, columns.Count).Max(column => values(row, column)));
        for (var column = 0; column < columns.Count; column++)
        {
            svg.Append($"<text x=\"{ChartText.At(Left + (field * (column + 0.5)))}\" y=\"{Head - 6}\" text-anchor=\"middle\">{ChartText.Escape(columns[column])}</text>");
        }

        for (var row = 0; row < rows.Count; row++)
        {
            var y = Head + (row * RowHeight);
            svg.Append($"<text x=\"{Left - 6}\" y=\"{y + RowHeight - 4}\" text-anchor=\"end\">{ChartText.Escape(rows[row])}</text>");
            for (var column = 0; column < columns.Count; column++)
            {
                if (values(row, column) is > 0 and var value)
                {
                    svg.Append($"<rect class=\"heat\" x=\"{ChartText.At(Left + (field * column))}\" y=\"{y}\" width=\"{ChartText.At(field - 1)}\" height=\"{RowHeight - 1}\" ")
                        .Append(CultureInfo.InvariantCulture, $"fill-opacity=\"{0.08 + (0.92 * (double)(value / largest)):0.##}\">")
                        .Append($"<title>{ChartText.Escape($"{rows[row]} {columns[column]}: {ChartText.Number(value)}")}</title></rect>");
                }
            }
        }

        return svg.Append("</svg>").ToString();
    }
}
