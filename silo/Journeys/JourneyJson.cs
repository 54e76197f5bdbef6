using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Journeys;

/// <summary>A journey as JSON, written without an object per step because journeys are asked for most of all (<see cref="StepTexts"/>).</summary>
internal static class JourneyJson
{
    internal const int LongestMoney = 32;

    // Ids and URLs stay readable; the answer is never part of a page.
    internal static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = Encoder };

    /// <summary>The whole journey, as <c>GET /v1/users/{id}/journey</c> answers it.</summary>
    /// <param name="output">Takes it.</param>
    /// <param name="journey">The journey.</param>
    /// <param name="lakeNote">What the lake lacks; null if nothing, or if it was not asked.</param>
    /// <returns>How many bytes it has.</returns>
    public static long Write(IBufferWriter<byte> output, Journey journey, string? lakeNote = null)
    {
        using var writer = new Utf8JsonWriter(output, WriterOptions);
        writer.WriteStartObject();
        writer.WriteString("userId"u8, journey.UserId);
        WriteTotals(writer, journey);
        WriteTime(writer, "firstSeen"u8, journey.FirstSeen);
        WriteTime(writer, "lastSeen"u8, journey.LastSeen);
        writer.WriteStartArray("openCart"u8);
        foreach (var line in journey.OpenCart)
        {
            writer.WriteStartObject();
            writer.WriteString("productId"u8, line.ProductId);
            WriteMoney(writer, "price"u8, line.Price);
            WriteTime(writer, "since"u8, line.Since);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteBoolean("truncated"u8, journey.Truncated);
        if (journey.KeptFrom is { } keptFrom)
        {
            WriteTime(writer, "keptFrom"u8, keptFrom);
        }

        if (lakeNote is not null)
        {
            writer.WriteString("lakeNote"u8, lakeNote);
        }

        using var steps = new StepTexts(journey);
        steps.WriteAll(writer);
        writer.WriteStartArray("sessionList"u8);
        var first = 0;
        foreach (var session in journey.Sessions)
        {
            writer.WriteStartObject();
            writer.WriteString("key"u8, session.Key);
            WriteTime(writer, "start"u8, session.Start);
            WriteTime(writer, "end"u8, session.End);
            writer.WriteNumber("events"u8, session.Events);
            steps.Write(writer, first, session.Steps.Count);
            first += session.Steps.Count;
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        return writer.BytesCommitted;
    }

    /// <summary>The short form that golden files hold: <c>{events, kinds, sessions, revenue, steps}</c>.</summary>
    public static void WriteGolden(IBufferWriter<byte> output, Journey journey)
    {
        using var writer = new Utf8JsonWriter(output, WriterOptions);
        writer.WriteStartObject();
        WriteTotals(writer, journey);
        using var steps = new StepTexts(journey);
        steps.WriteAll(writer);
        writer.WriteEndObject();
    }

    private static void WriteTotals(Utf8JsonWriter writer, Journey journey)
    {
        writer.WriteNumber("events"u8, journey.Events);
        writer.WriteStartObject("kinds"u8);
        foreach (var (kind, count) in journey.Kinds)
        {
            writer.WriteNumber(kind.Name(), count);
        }

        writer.WriteEndObject();
        writer.WriteNumber("sessions"u8, journey.SessionCount);
        WriteMoney(writer, "revenue"u8, journey.Revenue);
    }

    private static void WriteTime(Utf8JsonWriter writer, ReadOnlySpan<byte> name, DateTimeOffset time)
    {
        writer.WritePropertyName(name);
        EventTimeText.Write(writer, time);
    }

    private static void WriteMoney(Utf8JsonWriter writer, ReadOnlySpan<byte> name, Money money)
    {
        writer.WritePropertyName(name);
        WriteMoneyValue(writer, money);
    }

    private static void WriteMoneyValue(Utf8JsonWriter writer, Money money)
    {
        Span<byte> text = stackalloc byte[LongestMoney];
        writer.WriteRawValue(text[..FormatMoney(text, money)], skipInputValidation: true);
    }

    /// <summary>As <see cref="MoneyJsonConverter"/> writes it, without a decimal number in between.</summary>
    internal static int FormatMoney(Span<byte> text, Money money)
    {
        var length = 0;
        if (money.Units < 0)
        {
            text[length++] = (byte)'-';
        }

        var (whole, rest) = Math.DivRem((ulong)Int128.Abs(money.Units), (ulong)Money.Scale);
        Utf8Formatter.TryFormat(whole, text[length..], out var digits);
        length += digits;
        text[length++] = (byte)'.';
        do
        {
            rest *= 10;
            text[length++] = (byte)('0' + (rest / (ulong)Money.Scale));
            rest %= (ulong)Money.Scale;
        }
        while (rest > 0);

        return length;
    }
}
