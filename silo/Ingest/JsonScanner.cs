namespace OrleansAnalytics.Ingest;

/// <summary>
/// Finds where a JSON value ends, byte by byte, without keeping it: depth, strings and escapes are all it knows. It may stop anywhere and go on
/// with the next bytes. Whether the value is valid is the parser's question.
/// </summary>
public sealed class JsonScanner
{
    private int _depth;
    private bool _inString;
    private bool _isEscaped;

    /// <summary>Makes ready for the next value.</summary>
    public void Reset()
    {
        _depth = 0;
        _inString = false;
        _isEscaped = false;
    }

    /// <summary>Looks on. True if the value ends within <paramref name="bytes"/>.</summary>
    /// <param name="bytes">The bytes that follow those looked at since <see cref="Reset"/>.</param>
    /// <param name="untilComma">
    /// True inside an array: the value ends before the <c>,</c> or <c>]</c> after it, so a broken one is left behind with it. False: it ends
    /// behind its last bracket, or before white space.
    /// </param>
    /// <param name="used">How many of <paramref name="bytes"/> belong to the value.</param>
    public bool Scan(ReadOnlySpan<byte> bytes, bool untilComma, out int used)
    {
        for (used = 0; used < bytes.Length; used++)
        {
            var b = bytes[used];
            if (_inString)
            {
                if (_isEscaped)
                {
                    _isEscaped = false;
                    continue;
                }

                var next = bytes[used..].IndexOfAny((byte)'"', (byte)'\\');
                if (next < 0)
                {
                    used = bytes.Length;
                    return false;
                }

                used += next;
                _inString = bytes[used] != '"';
                _isEscaped = bytes[used] == '\\';
                continue;
            }

            if (_depth == 0 && (untilComma ? b is (byte)',' or (byte)']' : b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
            {
                return true;
            }

            switch (b)
            {
                case (byte)'"':
                    _inString = true;
                    break;
                case (byte)'{' or (byte)'[':
                    _depth++;
                    break;
                case (byte)'}' or (byte)']':
                    _depth = Math.Max(0, _depth - 1);
                    if (_depth == 0 && !untilComma)
                    {
                        used++;
                        return true;
                    }

                    break;
            }
        }

        return false;
    }

    /// <summary>True if the value may end where the text ends: no bracket and no string is open.</summary>
    public bool MayEnd => _depth == 0 && !_inString;
}
