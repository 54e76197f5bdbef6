namespace OrleansAnalytics.Ingest;

/// <summary>
/// Reads event times into milliseconds since 1970-01-01 UTC: <c>2019-10-01 00:00:00 UTC</c>, <c>2019-10-01 00:00:00</c> (UTC),
/// and ISO 8601 with seconds: <c>2019-10-01T02:00:00.123+02:00</c>, <c>…Z</c>. What is finer than a millisecond is cut off.
/// </summary>
public static class TimeText
{
    private const long EndOfYear9999Ms = 253_402_300_800_000;
    private const int SecondsEnd = 19;

    /// <summary>Reads a text; false if it is none of the shapes, no such moment exists, or it lies outside 1970 to 9999.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out long timeMs)
    {
        timeMs = 0;
        if (utf8.Length < SecondsEnd || utf8[4] != '-' || utf8[7] != '-' || (utf8[10] != ' ' && (utf8[10] | 0x20) != 't')
            || utf8[13] != ':' || utf8[16] != ':')
        {
            return false;
        }

        // A character that is no digit makes its number negative.
        var year = (Two(utf8, 0) * 100) + Two(utf8, 2);
        var month = Two(utf8, 5);
        var day = Two(utf8, 8);
        var hour = Two(utf8, 11);
        var minute = Two(utf8, 14);
        var second = Two(utf8, 17);
        if (Two(utf8, 2) < 0 || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 59)
        {
            return false;
        }

        var rest = utf8[SecondsEnd..];
        if (!TryFraction(ref rest, out var fractionMs) || !TryZone(rest, out var offsetMinutes))
        {
            return false;
        }

        timeMs = ((DaysSince1970(year, month, day) * 24 + hour) * 60 + minute - offsetMinutes) * 60_000 + second * 1000 + fractionMs;
        return IsInRange(timeMs);
    }

    /// <summary>Reads an integer of milliseconds since 1970-01-01 UTC; false if it is none or lies outside 1970 to 9999.</summary>
    public static bool TryParseUnixMs(ReadOnlySpan<byte> utf8, out long timeMs) =>
        System.Buffers.Text.Utf8Parser.TryParse(utf8, out timeMs, out var used) && used == utf8.Length && IsInRange(timeMs);

    /// <summary>True if milliseconds since 1970-01-01 UTC lie within 1970 to 9999.</summary>
    public static bool IsInRange(long timeMs) => timeMs is >= 0 and < EndOfYear9999Ms;

    private static int Two(ReadOnlySpan<byte> utf8, int at)
    {
        var tens = utf8[at] - '0';
        var ones = utf8[at + 1] - '0';
        return (uint)tens <= 9 && (uint)ones <= 9 ? (tens * 10) + ones : -10_000;
    }

    private static bool TryFraction(ref ReadOnlySpan<byte> rest, out int milliseconds)
    {
        milliseconds = 0;
        if (rest.IsEmpty || rest[0] != '.')
        {
            return true;
        }

        var weight = 100;
        var at = 1;
        for (; at < rest.Length && char.IsAsciiDigit((char)rest[at]); at++)
        {
            milliseconds += (rest[at] - '0') * weight;
            weight /= 10;
        }

        rest = rest[at..];
        return at > 1;
    }

    private static bool TryZone(ReadOnlySpan<byte> zone, out int offsetMinutes)
    {
        offsetMinutes = 0;
        if (zone.IsEmpty || zone.SequenceEqual(" UTC"u8) || (zone.Length == 1 && (zone[0] | 0x20) == 'z'))
        {
            return true;
        }

        if (zone[0] is not ((byte)'+' or (byte)'-') || zone.Length is not (3 or 5 or 6) || (zone.Length == 6 && zone[3] != ':'))
        {
            return false;
        }

        var hours = Two(zone, 1);
        var minutes = zone.Length == 3 ? 0 : Two(zone, zone.Length - 2);
        if (hours is < 0 or > 18 || minutes is < 0 or > 59)
        {
            return false;
        }

        offsetMinutes = ((hours * 60) + minutes) * (zone[0] == '-' ? -1 : 1);
        return true;
    }

    private static long DaysSince1970(int year, int month, int day) => new DateTime(year, month, day).Ticks / TimeSpan.TicksPerDay - 719_162;
}
