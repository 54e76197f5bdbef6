using System.Buffers.Text;
using System.Globalization;
using System.Text;
using OrleansAnalytics.Client;

namespace OrleansAnalytics.Cli;

/// <summary>Finds, reads and moves the event time of a line without touching anything else in it.</summary>
internal sealed class EventTimeField
{
    private static readonly string[] TimeColumns = ["event_time", "timestamp"];
    private readonly int _column;

    private EventTimeField(int column) => _column = column;

    /// <summary>True if lines carry ids of their own, so that a line sent again is a duplicate whatever its time.</summary>
    public bool HasEventIds { get; private init; }

    /// <summary>For a file that begins with that line: the header of a CSV file, or the first object.</summary>
    /// <exception cref="InvalidDataException">A CSV header without a time column.</exception>
    public static EventTimeField For(RecordFormat format, ReadOnlySpan<byte> firstLine)
    {
        var text = Encoding.UTF8.GetString(firstLine).Trim('\uFEFF', ' ', '\r', '\n');
        if (format == RecordFormat.JsonLines)
            return new EventTimeField(-1) { HasEventIds = text.Contains("\"event_id\"", StringComparison.Ordinal) };

        var columns = text.Split(',').Select(column => column.Trim().Trim('"')).ToList();
        var at = columns.FindIndex(TimeColumns.Contains);
        if (at < 0)
            throw new InvalidDataException("the file has no column event_time, so it can be replayed with --speed max only");
        return new EventTimeField(at) { HasEventIds = columns.Contains("event_id") || columns.Contains("transaction_id") };
    }

    /// <summary>The event time in milliseconds since 1970-01-01 UTC; false if the line has none that can be read.</summary>
    public bool TryRead(ReadOnlySpan<byte> line, out long timeMs)
    {
        timeMs = 0;
        return TryFind(line, out var range) && TryParse(line[range], out timeMs);
    }

    /// <summary>The line with its event time moved; unchanged if it has none that can be read.</summary>
    public byte[] Move(ReadOnlySpan<byte> line, long byMs)
    {
        if (!TryFind(line, out var range) || !TryParse(line[range], out var timeMs))
            return line.ToArray();
        var moved = DateTime.UnixEpoch.AddMilliseconds(timeMs + byMs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        return [.. line[..range.Start], .. Encoding.ASCII.GetBytes(moved), .. line[range.End..]];
    }

    private bool TryFind(ReadOnlySpan<byte> line, out Range range) =>
        _column >= 0 ? TryFindColumn(line, out range) : TryFindProperty(line, out range);

    private bool TryFindColumn(ReadOnlySpan<byte> line, out Range range)
    {
        int column = 0, begin = 0;
        var quoted = false;
        for (var i = 0; i <= line.Length; i++)
        {
            if (i < line.Length && line[i] == '"')
                quoted = !quoted;
            if (i < line.Length && (quoted || line[i] is not ((byte)',' or (byte)'\r' or (byte)'\n')))
                continue;
            if (column++ == _column)
            {
                var isQuoted = i - begin >= 2 && line[begin] == '"' && line[i - 1] == '"';
                range = isQuoted ? (begin + 1)..(i - 1) : begin..i;
                return true;
            }
            begin = i + 1;
        }
        range = default;
        return false;
    }

    private static bool TryFindProperty(ReadOnlySpan<byte> line, out Range range)
    {
        range = default;
        var name = "\"event_time\""u8;
        var at = line.IndexOf(name);
        if (at < 0)
            return false;
        var open = line[(at + name.Length)..].IndexOf((byte)'"');
        if (open < 0)
            return false;
        var begin = at + name.Length + open + 1;
        var length = line[begin..].IndexOf((byte)'"');
        range = begin..(begin + length);
        return length > 0;
    }

    private static bool TryParse(ReadOnlySpan<byte> field, out long timeMs)
    {
        timeMs = 0;
        if (field.EndsWith(" UTC"u8))
            field = field[..^4];
        if (field.Length is < 10 or > 40)
            return false;
        if (Utf8Parser.TryParse(field, out long number, out var used) && used == field.Length)
        {
            // Ten digits are seconds, thirteen milliseconds.
            timeMs = field.Length <= 11 ? number * 1000 : number;
            return true;
        }
        var read = DateTimeOffset.TryParse(
            Encoding.UTF8.GetString(field), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time);
        timeMs = time.ToUnixTimeMilliseconds();
        return read;
    }
}
