using System.IO.Hashing;

namespace OrleansAnalytics.Lake.Import;

/// <summary>
/// The lines of a text as the live door divides it: ended by LF or CRLF or the end of the text; blank lines are left out. A line that is too long is given as
/// its beginning, and the next line is good again. Memory does not depend on the length of the text.
/// </summary>
/// <param name="text">The text, unpacked; not closed.</param>
/// <param name="maxBytes">The longest line, without its end.</param>
/// <param name="keptBytes">How much of a longer one is given.</param>
/// <param name="fingerprint">Takes every byte that is read; null if none is wanted.</param>
internal sealed class TextLines(Stream text, int maxBytes, int keptBytes, XxHash128? fingerprint = null)
{
    private const int ReadBytes = 1 << 20;

    private readonly byte[] _buffer = new byte[maxBytes + ReadBytes + 2];
    private int _start;
    private int _end;
    private int _scanned;
    private bool _isLast;
    private bool _isSkipping;

    /// <summary>The line read last, counted from 1 with blank lines.</summary>
    public long Number { get; private set; }

    /// <summary>Bytes read so far, unpacked.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Reads the next line that is not blank; it holds until the next call.</summary>
    /// <param name="line">The line without its end.</param>
    /// <param name="isTooLong">True if this is only its beginning.</param>
    /// <returns>False at the end of the text.</returns>
    /// <exception cref="InvalidDataException">The gzip is damaged or cut.</exception>
    public bool TryNext(out ReadOnlySpan<byte> line, out bool isTooLong)
    {
        while (TryAny(out line, out isTooLong))
        {
            if (Number == 1 && line.StartsWith("\uFEFF"u8))
            {
                line = line["\uFEFF"u8.Length..];
            }

            if (!IsBlank(line))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IsEmpty || (line[0] <= ' ' && line.IndexOfAnyExcept(" \t\r"u8) < 0);

    private bool TryAny(out ReadOnlySpan<byte> line, out bool isTooLong)
    {
        while (true)
        {
            var newline = _buffer.AsSpan(_start + _scanned, _end - _start - _scanned).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                var end = _start + _scanned + newline;
                var whole = _buffer.AsSpan(_start, end - _start);
                _start = end + 1;
                _scanned = 0;
                if (!_isSkipping)
                {
                    return Whole(whole, out line, out isTooLong);
                }

                _isSkipping = false;
                continue;
            }

            _scanned = _end - _start;
            if (_isLast || _scanned > maxBytes + 1)
            {
                var rest = _buffer.AsSpan(_start, _scanned);
                var wasSkipping = _isSkipping;
                _isSkipping = !_isLast;
                _start = _end;
                _scanned = 0;
                if (!wasSkipping && rest.Length > 0)
                {
                    return Whole(rest, out line, out isTooLong);
                }

                if (_isLast)
                {
                    line = default;
                    isTooLong = false;
                    return false;
                }
            }

            Fill();
        }
    }

    private bool Whole(ReadOnlySpan<byte> whole, out ReadOnlySpan<byte> line, out bool isTooLong)
    {
        Number++;
        line = whole.Length > 0 && whole[^1] == '\r' && !_isSkipping ? whole[..^1] : whole;
        isTooLong = line.Length > maxBytes;
        line = isTooLong ? line[..Math.Min(line.Length, keptBytes)] : line;
        return true;
    }

    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        var read = text.Read(_buffer, _end, _buffer.Length - _end);
        fingerprint?.Append(_buffer.AsSpan(_end, read));
        _end += read;
        BytesRead += read;
        _isLast = read == 0;
    }
}
