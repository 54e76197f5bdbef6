namespace OrleansAnalytics.Ingest;

/// <summary>
/// Splits one line of CSV into fields (RFC 4180: quotes, doubled quotes). A record never spans lines here: a stray quote must not swallow the rest
/// of a file. It works on bytes because dead letters keep the text as it came, with exact positions and in bounded memory; general CSV libraries work on
/// characters and stop at the first bad record.
/// </summary>
public sealed class CsvSplitter
{
    private byte[] _unquoted = [];
    private int _unquotedUsed;
    private ReadOnlyMemory<byte> _line;
    private int _at;

    /// <summary>Begins a line (without its end).</summary>
    public void Begin(ReadOnlyMemory<byte> line)
    {
        _line = line;
        _at = 0;
        _unquotedUsed = 0;
    }

    /// <summary>True while there is a field to read. An empty line has one, empty field.</summary>
    public bool HasMore => _at <= _line.Length;

    /// <summary>Reads the next field; it holds until the next <see cref="Begin"/>.</summary>
    /// <returns>False if a quote is not closed, or something follows the closing quote.</returns>
    public bool TryNext(out ReadOnlyMemory<byte> field)
    {
        var rest = _line.Span[_at..];
        if (rest.Length > 0 && rest[0] == '"')
        {
            return TryQuoted(rest, out field);
        }

        var comma = rest.IndexOf((byte)',');
        var length = comma < 0 ? rest.Length : comma;
        field = _line.Slice(_at, length);
        _at += length + 1;
        return true;
    }

    private bool TryQuoted(ReadOnlySpan<byte> rest, out ReadOnlyMemory<byte> field)
    {
        field = default;
        var close = 1;
        var hasDoubled = false;
        while (true)
        {
            var quote = rest[close..].IndexOf((byte)'"');
            if (quote < 0)
            {
                return false;
            }

            close += quote;
            if (close + 1 == rest.Length || rest[close + 1] == ',')
            {
                break;
            }

            if (rest[close + 1] != '"')
            {
                return false;
            }

            hasDoubled = true;
            close += 2;
        }

        field = hasDoubled ? Undouble(rest[1..close]) : _line.Slice(_at + 1, close - 1);
        _at += close + 2;
        return true;
    }

    private ReadOnlyMemory<byte> Undouble(ReadOnlySpan<byte> quoted)
    {
        // All fields of the line fit, so a second one never moves the first.
        if (_unquoted.Length < _line.Length)
        {
            _unquoted = new byte[_line.Length * 2];
        }

        var start = _unquotedUsed;
        for (var i = 0; i < quoted.Length; i++)
        {
            _unquoted[_unquotedUsed++] = quoted[i];
            i += quoted[i] == '"' ? 1 : 0;
        }

        return _unquoted.AsMemory(start, _unquotedUsed - start);
    }
}
