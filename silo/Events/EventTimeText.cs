using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansAnalytics.Events;

/// <summary>Event times as text: <c>2019-10-01T02:29:38Z</c>, with milliseconds only if there are some. UTC, always.</summary>
internal static class EventTimeText
{
    private const string Seconds = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private const string Milliseconds = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private static readonly string[] Readable =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
    ];

    /// <summary>Writes a time as a JSON string.</summary>
    public static void Write(Utf8JsonWriter writer, DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[32];
        var format = time.Ticks % TimeSpan.TicksPerSecond == 0 ? Seconds : Milliseconds;
        time.UtcDateTime.TryFormat(text, out var length, format, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
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
}

/// <summary>Writes times as <see cref="EventTimeText"/> does.</summary>
internal sealed class EventTimeJsonConverter : JsonConverter<DateTimeOffset>
{
    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => EventTimeText.Write(writer, value);
}
