namespace OrleansAnalytics.Ingest;

/// <summary>
/// A record per line, ended by LF or CRLF or the end of the text; blank lines are no records. A line that is too long is one record of which the
/// beginning is kept, and the next line is good again.
/// </summary>
/// <param name="maxBytes">The longest line, without its end.</param>
/// <param name="keptBytes">How much of a longer one is given.</param>
public sealed class LineFraming(int maxBytes, int keptBytes) : IRecordFraming
{
    private int _scanned;
    private bool _isSkipping;

    /// <inheritdoc/>
    public Frame Next(ReadOnlySpan<byte> unread, bool isLast)
    {
        var blank = 0;
        while (true)
        {
            var rest = unread[blank..];
            var newline = rest[_scanned..].IndexOf((byte)'\n');
            if (newline < 0)
            {
                return Unended(rest, blank, isLast);
            }

            var end = _scanned + newline;
            var length = end > 0 && rest[end - 1] == '\r' ? end - 1 : end;
            var wasSkipping = _isSkipping;
            _scanned = 0;
            _isSkipping = false;
            if (!wasSkipping && !IsBlank(rest[..length]))
            {
                return Whole(blank, length, blank + end + 1);
            }

            blank += end + 1;
        }
    }

    private Frame Unended(ReadOnlySpan<byte> rest, int blank, bool isLast)
    {
        if (_isSkipping)
        {
            return new Frame(FrameKind.NeedMore, 0, 0, blank + rest.Length);
        }

        if (isLast)
        {
            _scanned = 0;
            var length = rest.Length > 0 && rest[^1] == '\r' ? rest.Length - 1 : rest.Length;
            return IsBlank(rest[..length])
                ? new Frame(FrameKind.NeedMore, 0, 0, blank + rest.Length)
                : Whole(blank, length, blank + rest.Length);
        }

        // One byte over the limit may still be the CR of a line of just the longest length.
        if (rest.Length > maxBytes + 1)
        {
            _scanned = 0;
            _isSkipping = true;
            return new Frame(FrameKind.TooLong, blank, Math.Min(rest.Length, keptBytes), blank + rest.Length);
        }

        _scanned = rest.Length;
        return new Frame(FrameKind.NeedMore, 0, 0, blank);
    }

    private Frame Whole(int start, int length, int consumed) => length <= maxBytes
        ? new Frame(FrameKind.Record, start, length, consumed)
        : new Frame(FrameKind.TooLong, start, Math.Min(length, keptBytes), consumed);

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IsEmpty || (line[0] <= ' ' && line.IndexOfAnyExcept(" \t\r"u8) < 0);
}
