using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace OrleansAnalytics.Lake;

/// <summary>The engine's errors as ours.</summary>
internal static class SqlErrors
{
    /// <summary>The error as whoever asked may see it; null if it is a defect, of this program or of the engine. An interrupt is the caller's to tell.</summary>
    public static SqlException? Explain(DuckDBException exception, string root, string temp)
    {
        if (exception.ErrorType is DuckDBErrorType.OutOfMemory || Is(exception, "Out of Memory Error"))
        {
            return new(SqlError.OutOfMemory, "The statement needs more memory, or more room to spill to, than one question may have.", exception);
        }

        if (exception.ErrorType is DuckDBErrorType.Permission || Is(exception, "Permission Error"))
        {
            return new(SqlError.Refused, Text(exception, root, temp), exception);
        }

        // A statement cannot name a path of the lake, so an error that does is about one of its files.
        if (exception.ErrorType is DuckDBErrorType.Io || Is(exception, "IO Error") || exception.Message.Contains(root, StringComparison.Ordinal))
        {
            return new(SqlError.Unreadable, "A file of the lake cannot be read; it is missing or damaged.", exception);
        }

        return exception.ErrorType is DuckDBErrorType.Internal or DuckDBErrorType.Fatal || Is(exception, "INTERNAL Error") || Is(exception, "FATAL Error")
            ? null
            : new(SqlError.Invalid, Text(exception, root, temp), exception);
    }

    /// <summary>True for the engine's answer to an interrupt, also to one that came before the statement ran.</summary>
    public static bool IsInterrupt(Exception exception) =>
        exception is DuckDBException engine && (engine.ErrorType is DuckDBErrorType.Interrupt || Is(engine, "INTERRUPT Error"));

    // The driver tells no type of errors that come before a statement runs.
    private static bool Is(DuckDBException exception, string kind) => exception.Message.StartsWith(kind, StringComparison.Ordinal);

    // The first paragraph says what; then come hints about the engine's settings, which are not for whoever asked, and the line with a mark below.
    private static string Text(DuckDBException exception, string root, string temp)
    {
        var paragraphs = exception.Message.ReplaceLineEndings("\n").Split("\n\n");
        var line = paragraphs.Skip(1).FirstOrDefault(paragraph => paragraph.StartsWith("LINE ", StringComparison.Ordinal));
        var text = line is null ? paragraphs[0] : $"{paragraphs[0]}\n{line}";
        return text.Replace(root, "lake", StringComparison.Ordinal).Replace(temp, "temp", StringComparison.Ordinal).TrimEnd();
    }
}
