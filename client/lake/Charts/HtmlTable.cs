using System.Text;

namespace OrleansAnalytics.Charts;

/// <summary>A column of an <see cref="HtmlTable"/>.</summary>
/// <param name="Title">Above it.</param>
/// <param name="IsNumber">Its cells are aligned to the right.</param>
public sealed record HtmlColumn(string Title, bool IsNumber = true);

/// <summary>A cell: a text, and how much of the row's cell is filled with a bar behind it.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Share">From 0 to 1; null for no bar.</param>
public sealed record HtmlCell(string Text, double? Share = null)
{
    /// <summary>A cell without a bar.</summary>
    public static implicit operator HtmlCell(string text) => new(text);

    /// <summary>A cell without a bar.</summary>
    public static HtmlCell FromString(string text) => new(text);
}

/// <summary>A table of a page.</summary>
public static class HtmlTable
{
    /// <summary>The table; a sentence if it has no rows.</summary>
    public static string Of(IReadOnlyList<HtmlColumn> columns, IReadOnlyList<IReadOnlyList<HtmlCell>> rows)
    {
        if (rows.Count == 0)
        {
            return "<p class=\"none\">nothing to show</p>";
        }

        var html = new StringBuilder("<div class=\"scroll\"><table><thead><tr>");
        foreach (var column in columns)
        {
            html.Append($"<th{Class(column)}>{ChartText.Escape(column.Title)}</th>");
        }

        html.Append("</tr></thead><tbody>");
        foreach (var row in rows)
        {
            html.Append("<tr>");
            for (var i = 0; i < columns.Count; i++)
            {
                html.Append($"<td{Class(columns[i])}{Bar(row[i])}>{ChartText.Escape(row[i].Text)}</td>");
            }

            html.Append("</tr>");
        }

        return html.Append("</tbody></table></div>").ToString();
    }

    private static string Class(HtmlColumn column) => column.IsNumber ? " class=\"number\"" : "";

    private static string Bar(HtmlCell cell) => cell.Share is { } share ? $" style=\"--share:{ChartText.At(Math.Clamp(share, 0, 1) * 100)}%\"" : "";
}
