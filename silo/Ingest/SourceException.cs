namespace OrleansAnalytics.Ingest;

/// <summary>Why a body or file cannot be read at all.</summary>
public enum SourceProblem : byte
{
    /// <summary>There is nothing in it.</summary>
    Empty = 1,

    /// <summary>Columns are missing or there twice.</summary>
    WrongColumns = 2,

    /// <summary>It does not begin as its format does.</summary>
    WrongBeginning = 3,

    /// <summary>It is of a newer version of its format.</summary>
    NewerVersion = 4,
}

/// <summary>A body or file cannot be read at all; nothing of it was appended.</summary>
public sealed class SourceException(SourceProblem problem, string message) : Exception(message)
{
    /// <summary>Why.</summary>
    public SourceProblem Problem { get; } = problem;
}
