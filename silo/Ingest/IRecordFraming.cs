namespace OrleansAnalytics.Ingest;

/// <summary>Divides text into records. Pure but for where it stands; the same records whatever pieces the text comes in.</summary>
public interface IRecordFraming
{
    /// <summary>Looks for the next record at the beginning of what is not yet consumed.</summary>
    /// <param name="unread">What is not yet consumed and has arrived; begins where the last frame ended.</param>
    /// <param name="isLast">True if nothing follows <paramref name="unread"/>.</param>
    Frame Next(ReadOnlySpan<byte> unread, bool isLast);
}

/// <summary>What was found.</summary>
public enum FrameKind : byte
{
    /// <summary>Nothing yet: consume, read more (or, if it was the last, stop).</summary>
    NeedMore = 0,

    /// <summary>A record.</summary>
    Record = 1,

    /// <summary>The beginning of a record that is longer than the limit; the rest is skipped.</summary>
    TooLong = 2,

    /// <summary>The text does not hold together here; no further record can be found.</summary>
    Broken = 3,
}

/// <summary>What was found, where, and how much of the unread text it takes.</summary>
public readonly record struct Frame(FrameKind Kind, int Start, int Length, int Consumed);
