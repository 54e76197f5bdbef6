namespace OrleansAnalytics.Lake.Import;

/// <summary>
/// Divides one line of CSV into fields (RFC 4180: quotes, doubled quotes) by the rules of the live door: a record never spans lines, and a quote that
/// does not begin a field is an ordinary character. Fields hold until the next line.
/// </summary>
internal sealed class CsvFields
{
    private readonly List<Range> _fields = [];
    private byte[] _text = [];
    private int _used;

    /// <summary>The number of fields.</summary>
    public int Count => _fields.Count;

    /// <summary>A field, without its quotes.</summary>
    public ReadOnlySpan<byte> this[int field] => _text.AsSpan(_fields[field]);

    /// <summary>Divides a line (without its end); an empty one has one, empty field.</summary>
    /// <returns>False if a quote is not closed, or something follows the closing quote.</returns>
    public bool TryDivide(ReadOnlySpan<byte> line)
    {
        _fields.Clear();
        _used = 0;
        if (_text.Length < line.Length)
        {
            _text = new byte[line.Length * 2];
        }

        var at = 0;
        while (at <= line.Length)
        {
            var rest = line[at..];
            var length = rest.Length > 0 && rest[0] == '"' ? TakeQuoted(rest) : TakePlain(rest);
            if (length < 0)
            {
                return false;
            }

            at += length + 1;
        }

        return true;
    }

    private int TakePlain(ReadOnlySpan<byte> rest)
    {
        var comma = rest.IndexOf((byte)',');
        var length = comma < 0 ? rest.Length : comma;
        rest[..length].CopyTo(_text.AsSpan(_used));
        _fields.Add(new Range(_used, _used + length));
        _used += length;
        return length;
    }

    private int TakeQuoted(ReadOnlySpan<byte> rest)
    {
        var begin = _used;
        var at = 1;
        while (true)
        {
            var quote = rest[at..].IndexOf((byte)'"');
            if (quote < 0)
            {
                return -1;
            }

            rest.Slice(at, quote).CopyTo(_text.AsSpan(_used));
            _used += quote;
            at += quote + 1;
            if (at == rest.Length || rest[at] == ',')
            {
                _fields.Add(new Range(begin, _used));
                return at;
            }

            if (rest[at] != '"')
            {
                return -1;
            }

            _text[_used++] = (byte)'"';
            at++;
        }
    }
}
