using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansAnalytics.Events;

/// <summary>Event times as text: <c>2019-10-01T02:29:38Z</c>, with milliseconds only if there are some. UTC, always.</summary>
internal static class EventTimeText
{
    /// <summary>Bytes of a text with milliseconds.</summary>
    public const int LongestText = 24;

    private static readonly string[] Readable =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
    ];

    /// <summary>Writes a time as a JSON string.</summary>
    public static void Write(Utf8JsonWriter writer, DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[LongestText];
        writer.WriteStringValue(text[..Format(text, time)]);
    }

    /// <summary>Writes a time's text. Digit by digit: a journey has two times for each step, and a format string costs ten times as much.</summary>
    /// <returns>How many bytes it has, at most <see cref="LongestText"/>.</returns>
    public static int Format(Span<byte> text, DateTimeOffset time)
    {
        var utc = time.UtcDateTime;
        var (year, month, day) = utc;
        "0000-00-00T00:00:00.000Z"u8.CopyTo(text);
        Digits(text[..4], year);
        Digits(text[5..7], month);
        Digits(text[8..10], day);
        Digits(text[11..13], utc.Hour);
        Digits(text[14..16], utc.Minute);
        Digits(text[17..19], utc.Second);
        if (time.Ticks % TimeSpan.TicksPerSecond == 0)
        {
            text[19] = (byte)'Z';
            return 20;
        }

        Digits(text[20..23], utc.Millisecond);
        return LongestText;
    }

    /// <summary>Reads an ISO 8601 date or time; without an offset it is UTC. An absent or empty text is no bound: true and null.</summary>
    public static bool TryParse(string? text, out DateTimeOffset? time)
    {
        time = null;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        const DateTimeStyles Styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (!DateTimeOffset.TryParseExact(text, Readable, CultureInfo.InvariantCulture, Styles, out var parsed))
        {
            return false;
        }

        time = parsed;
        return true;
    }

    private static void Digits(Span<byte> text, int value)
    {
        for (var at = text.Length - 1; at >= 0; at--, value /= 10)
        {
            text[at] = (byte)('0' + (value % 10));
        }
    }
}

/// <summary>Writes times as <see cref="EventTimeText"/> does.</summary>
internal sealed class EventTimeJsonConverter : JsonConverter<DateTimeOffset>
{
    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => EventTimeText.Write(writer, value);
}
