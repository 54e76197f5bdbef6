namespace OrleansAnalytics.Lake;

/// <summary>Why a question to the lake has no answer. Closed: whatever goes wrong and is no defect of this program is one of these.</summary>
public enum SqlError
{
    /// <summary>The statement is none that is answered here: it is no single SELECT, or reaches for something that is not the lake's.</summary>
    Refused,

    /// <summary>The statement is wrong: its syntax, a name that does not exist, types that do not fit, or a value that cannot be computed.</summary>
    Invalid,

    /// <summary>The time limit was reached.</summary>
    Timeout,

    /// <summary>The memory, or the room to spill to, did not suffice.</summary>
    OutOfMemory,

    /// <summary>The answer has more rows or bytes than allowed, and was not to be cut.</summary>
    TooManyRows,

    /// <summary>A file of the lake could not be read: it is missing or damaged.</summary>
    Unreadable,
}

/// <summary>A question to the lake has no answer. The message is meant for whoever asked and names no path of this machine.</summary>
public sealed class SqlException : Exception
{
    internal SqlException(SqlError error, string message, Exception? inner = null)
        : base(message, inner) => Error = error;

    /// <summary>Why.</summary>
    public SqlError Error { get; }
}
