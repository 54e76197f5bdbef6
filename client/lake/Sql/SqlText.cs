namespace OrleansAnalytics.Lake;

/// <summary>SQL that this program writes.</summary>
internal static class SqlText
{
    /// <summary>A text as a literal.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>Texts as a list literal.</summary>
    public static string List(IEnumerable<string> texts) => $"[{string.Join(',', texts.Select(Literal))}]";

    /// <summary>The text of an embedded file, by its path in this project: <c>Reports/brands.sql</c>.</summary>
    public static string Embedded(string path)
    {
        using var stream = typeof(SqlText).Assembly.GetManifestResourceStream(path) ?? throw new ArgumentException($"there is no {path}", nameof(path));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
