namespace OrleansAnalytics.Ingest;

/// <summary>
/// A record per element of a top-level array, or per top-level value. An element that is too long or no JSON is one record, and the next element is
/// good again, as long as brackets and quotes are balanced; if they are not, the text is broken. Commas without an element between them are ignored.
/// </summary>
/// <param name="maxBytes">The longest element.</param>
/// <param name="keptBytes">How much of a longer one is given.</param>
public sealed class JsonFraming(int maxBytes, int keptBytes) : IRecordFraming
{
    private readonly JsonScanner _scanner = new();
    private Place _place = Place.Start;
    private int _scanned;
    private bool _isSkipping;

    private enum Place
    {
        Start,
        InArray,
        InSequence,
        AfterArray,
    }

    /// <inheritdoc/>
    public Frame Next(ReadOnlySpan<byte> unread, bool isLast)
    {
        var start = 0;
        if (_isSkipping && !TrySkip(unread, isLast, ref start))
        {
            return new Frame(isLast ? FrameKind.Broken : FrameKind.NeedMore, 0, 0, unread.Length);
        }

        if (_scanned == 0 && !TryBegin(unread, ref start))
        {
            return AtEnd(start, unread.Length, isLast);
        }

        var rest = unread[start..];
        if (TryEnd(rest[_scanned..], isLast, out var used))
        {
            var length = _scanned + used;
            _scanned = 0;
            return length <= maxBytes
                ? new Frame(FrameKind.Record, start, rest[..length].TrimEnd(" \t\r\n"u8).Length, start + length)
                : new Frame(FrameKind.TooLong, start, Math.Min(length, keptBytes), start + length);
        }

        if (isLast)
        {
            return new Frame(FrameKind.Broken, start, 0, start);
        }

        if (rest.Length > maxBytes)
        {
            _scanned = 0;
            _isSkipping = true;
            return new Frame(FrameKind.TooLong, start, Math.Min(rest.Length, keptBytes), unread.Length);
        }

        _scanned = rest.Length;
        return new Frame(FrameKind.NeedMore, 0, 0, start);
    }

    private bool TrySkip(ReadOnlySpan<byte> unread, bool isLast, ref int start)
    {
        _isSkipping = !TryEnd(unread, isLast, out start);
        return !_isSkipping;
    }

    /// <summary>True if the element ends here; then the scanner is ready for the next.</summary>
    private bool TryEnd(ReadOnlySpan<byte> bytes, bool isLast, out int used)
    {
        var ended = _scanner.Scan(bytes, _place == Place.InArray, out used)
            || (isLast && _scanner.MayEnd);
        if (ended)
        {
            _scanner.Reset();
        }

        return ended;
    }

    /// <summary>Moves <paramref name="start"/> to where an element begins; false if none does in what has arrived.</summary>
    private bool TryBegin(ReadOnlySpan<byte> unread, ref int start)
    {
        for (; start < unread.Length; start++)
        {
            switch (unread[start])
            {
                case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n':
                    break;
                case (byte)',' when _place is Place.InArray or Place.InSequence:
                    break;
                case (byte)'[' when _place == Place.Start:
                    _place = Place.InArray;
                    break;
                case (byte)']' when _place == Place.InArray:
                    _place = Place.AfterArray;
                    break;
                default:
                    _place = _place == Place.Start ? Place.InSequence : _place;
                    return _place != Place.AfterArray;
            }
        }

        return false;
    }

    private Frame AtEnd(int start, int length, bool isLast) =>
        start < length || (_place == Place.InArray && isLast)
            ? new Frame(FrameKind.Broken, start, 0, start)
            : new Frame(FrameKind.NeedMore, 0, 0, start);
}
