using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace OrleansAnalytics.Lake.Import;

/// <summary>
/// Divides the lines of a CSV file by the hour that their event time says. It judges only what makes a line malformed or too long. What is an event beyond
/// doubt goes on as <see cref="PlainRow"/>; everything else goes on as CSV, with its line number as last column, and is judged by <see cref="CleaningSql"/>.
/// </summary>
/// <param name="columns">What the columns mean.</param>
/// <param name="plain">Knows events beyond doubt.</param>
/// <param name="buckets">Take the rows.</param>
/// <param name="rejections">Takes what is malformed or too long.</param>
internal sealed class CsvDivider(ImportColumns columns, PlainLine plain, HourBuckets buckets, RejectionList rejections)
{
    /// <summary>The bucket of rows whose event time has an unusual shape.</summary>
    public const int NoHour = 0;

    /// <summary>A number that no two digits make; a bit that they never have.</summary>
    private const int Bad = 1 << 20;

    /// <summary>A comma, a line number and a line end.</summary>
    private const int EndingBytes = 24;

    private readonly CsvFields _fields = new();

    /// <summary>Rows so far.</summary>
    public long Received { get; private set; }

    /// <summary>Takes a line that is not blank.</summary>
    /// <exception cref="IOException">The disk is full.</exception>
    public void Add(ReadOnlySpan<byte> line, bool isTooLong, long number)
    {
        Received++;
        if (isTooLong)
        {
            rejections.Add(number, Ingest.RejectReason.TooLong);
        }
        else if (line.ContainsAny((byte)'"', (byte)'\r'))
        {
            AddQuoted(line, number);
        }
        else if (!IsText(line))
        {
            rejections.Add(number, Ingest.RejectReason.Malformed);
        }
        else if (plain.TryRead(line))
        {
            plain.AddTo(buckets.For(plain.Hour).Plain, buckets, line, number);
        }
        else if (line.Count((byte)',') != columns.Count - 1)
        {
            rejections.Add(number, Ingest.RejectReason.Malformed);
        }
        else
        {
            var rows = buckets.For(HourOf(Field(line, columns.Time))).Odd;
            buckets.MakeRoom(rows, line.Length + EndingBytes);
            line.CopyTo(rows.Buffer.AsSpan(rows.Used));
            rows.Used += line.Length;
            End(rows, number);
        }
    }

    /// <summary>
    /// The key of the hour (<c>2019100102</c>) if the text has one of the shapes <c>2019-10-01 02:00:00</c> and <c>2019-10-01T02:00:00.000</c>, both with nothing,
    /// <c> UTC</c> or <c>Z</c> behind; else 0. Whether such a moment exists is not looked at.
    /// </summary>
    internal static int HourOf(ReadOnlySpan<byte> time)
    {
        const int seconds = 19;
        if (time.Length < seconds || time[4] != '-' || time[7] != '-' || time[10] is not ((byte)' ' or (byte)'T') || time[13] != ':' || time[16] != ':')
        {
            return NoHour;
        }

        var century = Two(time, 0);
        var year = Two(time, 2);
        var month = Two(time, 5);
        var day = Two(time, 8);
        var hour = Two(time, 11);
        if ((century | year | month | day | hour | Two(time, 14) | Two(time, 17)) >= Bad || hour > 23 || century > 20 || !IsUtc(time[seconds..]))
        {
            return NoHour;
        }

        return (((((((century * 100) + year) * 100) + month) * 100) + day) * 100) + hour;
    }

    private static int Two(ReadOnlySpan<byte> text, int at)
    {
        var tens = text[at] - '0';
        var ones = text[at + 1] - '0';
        return (uint)tens <= 9 && (uint)ones <= 9 ? (tens * 10) + ones : Bad;
    }

    private static bool IsUtc(ReadOnlySpan<byte> rest)
    {
        if (rest.Length > 0 && rest[0] == '.')
        {
            var end = rest[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
            var digits = end < 0 ? rest.Length - 1 : end;
            if (digits < 3)
            {
                return false;
            }

            rest = rest[(digits + 1)..];
        }

        return rest.IsEmpty || rest.SequenceEqual(" UTC"u8) || rest.SequenceEqual("Z"u8);
    }

    private static bool IsText(ReadOnlySpan<byte> line) => Ascii.IsValid(line) || Utf8.IsValid(line);

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> line, int column)
    {
        for (; column > 0; column--)
        {
            line = line[(line.IndexOf((byte)',') + 1)..];
        }

        var comma = line.IndexOf((byte)',');
        return comma < 0 ? line : line[..comma];
    }

    private void AddQuoted(ReadOnlySpan<byte> line, long number)
    {
        if (!_fields.TryDivide(line) || _fields.Count != columns.Count || !IsText(line))
        {
            rejections.Add(number, Ingest.RejectReason.Malformed);
            return;
        }

        var rows = buckets.For(HourOf(_fields[columns.Time])).Odd;
        buckets.MakeRoom(rows, (line.Length * 2) + (3 * _fields.Count) + EndingBytes);
        for (var field = 0; field < _fields.Count; field++)
        {
            if (field > 0)
            {
                rows.Buffer[rows.Used++] = (byte)',';
            }

            Quote(_fields[field], rows);
        }

        End(rows, number);
    }

    private static void Quote(ReadOnlySpan<byte> field, BucketRows rows)
    {
        var to = rows.Buffer;
        var at = rows.Used;
        to[at++] = (byte)'"';
        foreach (var c in field)
        {
            if (c == '"')
            {
                to[at++] = c;
            }

            to[at++] = c;
        }

        to[at++] = (byte)'"';
        rows.Used = at;
    }

    private static void End(BucketRows rows, long number)
    {
        rows.Buffer[rows.Used++] = (byte)',';
        Utf8Formatter.TryFormat(number, rows.Buffer.AsSpan(rows.Used), out var written);
        rows.Used += written;
        rows.Buffer[rows.Used++] = (byte)'\n';
        rows.Rows++;
    }
}
