using System.Text;
using OrleansAnalytics.Lake;

namespace OrleansAnalytics.Charts;

/// <summary>One static page: one file, which loads nothing and runs nothing, and opens without a server. What is told as text is escaped here; what is told as HTML is made by this folder.</summary>
public static class ChartPage
{
    /// <summary>The page.</summary>
    /// <param name="title">Its title, as text.</param>
    /// <param name="lead">The line below, as text.</param>
    /// <param name="sections">Its parts, as HTML.</param>
    /// <param name="footer">What one must know to read it, as text.</param>
    public static string Of(string title, string lead, IEnumerable<string> sections, string footer) => new StringBuilder()
        .Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")

        // Nothing on it could be run or fetched, whatever a producer has sent.
        .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n")
        .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .Append($"<title>{ChartText.Escape(title)} · OrleansAnalytics</title>\n<style>\n{SqlText.Embedded("Charts/page.css")}</style>\n</head>\n<body>\n")
        .Append($"<header><h1>{ChartText.Escape(title)}</h1>\n<p class=\"quiet\">{ChartText.Escape(lead)}</p></header>\n")
        .AppendJoin('\n', sections)
        .Append($"\n<footer>{ChartText.Escape(footer)}</footer>\n</body>\n</html>\n")
        .ToString();

    /// <summary>A part of a page.</summary>
    /// <param name="title">As text.</param>
    /// <param name="content">As HTML.</param>
    public static string Section(string title, string content) => $"<section><h2>{ChartText.Escape(title)}</h2>{content}</section>";

    /// <summary>A drawing with its title.</summary>
    /// <param name="title">As text.</param>
    /// <param name="content">As HTML.</param>
    public static string Figure(string title, string content) => $"<figure><h3>{ChartText.Escape(title)}</h3>{content}</figure>";

    /// <summary>The few numbers that are looked at first.</summary>
    /// <param name="tiles">Names and values, as text.</param>
    public static string Tiles(params IEnumerable<(string Name, string Value)> tiles) =>
        $"<ul class=\"tiles\">{string.Concat(tiles.Select(tile => $"<li><b>{ChartText.Escape(tile.Value)}</b><span>{ChartText.Escape(tile.Name)}</span></li>"))}</ul>";
}
