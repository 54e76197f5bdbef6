using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace OrleansAnalytics.Lake;

/// <summary>The engine's errors as ours.</summary>
internal static class SqlErrors
{
    /// <summary>The error as whoever asked may see it; null if it is a defect, of this program or of the engine. An interrupt is the caller's to tell.</summary>
    public static SqlException? Explain(DuckDBException exception, string root, string temp) => exception.ErrorType switch
    {
        DuckDBErrorType.OutOfMemory => new(SqlError.OutOfMemory, "The statement needs more memory, or more room to spill to, than one question may have.", exception),
        DuckDBErrorType.Permission => new(SqlError.Refused, Text(exception, root, temp), exception),
        DuckDBErrorType.Io or DuckDBErrorType.Http => new(SqlError.Unreadable, "A file of the lake cannot be read; it is missing or damaged.", exception),
        DuckDBErrorType.Internal or DuckDBErrorType.Fatal or DuckDBErrorType.Interrupt or DuckDBErrorType.Connection => null,
        _ => new(SqlError.Invalid, Text(exception, root, temp), exception),
    };

    // The first paragraph says what; then come hints about the engine's settings, which are not for whoever asked, and the line with a mark below.
    private static string Text(DuckDBException exception, string root, string temp)
    {
        var paragraphs = exception.Message.ReplaceLineEndings("\n").Split("\n\n");
        var line = paragraphs.Skip(1).FirstOrDefault(paragraph => paragraph.StartsWith("LINE ", StringComparison.Ordinal));
        var text = line is null ? paragraphs[0] : $"{paragraphs[0]}\n{line}";
        return text.Replace(root, "lake", StringComparison.Ordinal).Replace(temp, "temp", StringComparison.Ordinal).TrimEnd();
    }
}
