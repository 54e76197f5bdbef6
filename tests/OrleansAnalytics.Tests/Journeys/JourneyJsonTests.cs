using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Journeys;
using Xunit;

namespace OrleansAnalytics.Tests.Journeys;

public sealed class JourneyJsonTests
{
    [Fact]
    public void A_journey_is_told_in_event_time_order_with_its_sessions()
    {
        var fold = new JourneyFold(new JourneyOptions()).FoldAll(
        [
            At(0, EventKind.View, "7") with { SessionKey = "a", Price = new Money(5_145_600) },
            At(60_500, EventKind.Page, "x") with { SessionKey = "b" },
            At(120_000, EventKind.Cart, "7") with { SessionKey = "a", Price = new Money(332_000) },
        ]);
        var output = new ArrayBufferWriter<byte>();
        var length = JourneyJson.Write(output, fold.ToJourney("Zoë")!);
        Assert.Equal(output.WrittenCount, length);
        const string First = """["2019-10-01T00:00:00Z","view","7",514.56]""";
        const string Second = """["2019-10-01T00:01:00.500Z","page","https://shop/x",0.0]""";
        const string Third = """["2019-10-01T00:02:00Z","cart","7",33.2]""";
        Assert.Equal(
            """{"userId":"Zoë","events":3,"kinds":{"view":1,"cart":1,"page":1},"sessions":2,"revenue":0.0,"""
            + """ "firstSeen":"2019-10-01T00:00:00Z","lastSeen":"2019-10-01T00:02:00Z",""".TrimStart()
            + """ "openCart":[{"productId":"7","price":33.2,"since":"2019-10-01T00:02:00Z"}],"truncated":false,""".TrimStart()
            + $"\"steps\":[{First},{Second},{Third}],\"sessionList\":["
            + $$"""{"key":"a","start":"2019-10-01T00:00:00Z","end":"2019-10-01T00:02:00Z","events":2,"steps":[{{First}},{{Third}}]},"""
            + $$"""{"key":"b","start":"2019-10-01T00:01:00.500Z","end":"2019-10-01T00:01:00.500Z","events":1,"steps":[{{Second}}]}]}""",
            Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Steps_are_told_as_a_writer_of_JSON_would_whatever_they_are_of() => Gen.Select(RandomEvents.Journey, Gen.String[1, 20].Array[4]).Sample((events, subjects) =>
    {
        // Subjects with whatever characters there are; halves of pairs are not, as no text of an event has them.
        var journey = new JourneyFold(new JourneyOptions()).FoldAll(events.Select(one => one with
        {
            ProductId = one.ProductId is { } id ? Whole(subjects[id[^1] - '1']) : null,
            Url = one.Url is null ? null : Whole(subjects[0]),
        })).ToJourney("u")!;
        var output = new ArrayBufferWriter<byte>();
        JourneyJson.Write(output, journey);
        using var told = JsonDocument.Parse(output.WrittenMemory);
        var all = journey.Sessions.SelectMany(session => session.Steps).OrderBy(step => step.Time).ThenBy(step => step.Position).ToList();
        Assert.Equal(Plain(all), told.RootElement.GetProperty("steps").GetRawText());
        Assert.Equal(journey.Sessions.Select(session => Plain(session.Steps)), told.RootElement.GetProperty("sessionList").EnumerateArray().Select(session => session.GetProperty("steps").GetRawText()));
    });

    [Fact]
    public void Times_are_written_like_a_format_string_would() => Gen.OneOf(Gen.DateTimeOffset, Gen.Long[0, 253_402_300_799].Select(DateTimeOffset.FromUnixTimeSeconds)).Sample(time =>
    {
        var expected = time.UtcDateTime.ToString(time.Ticks % TimeSpan.TicksPerSecond == 0 ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var text = new byte[EventTimeText.LongestText];
        Assert.Equal(expected, Encoding.UTF8.GetString(text, 0, EventTimeText.Format(text, time)));
    });

    [Fact]
    public void Amounts_are_written_like_a_format_string_would() => Gen.OneOf(Gen.Long, Gen.Long[-100_000, 100_000], Gen.Const(long.MinValue), Gen.Const(long.MaxValue)).Sample(units =>
    {
        var text = new byte[JourneyJson.LongestMoney];
        var money = new Money(units);
        Assert.Equal(money.Amount.ToString("0.0###", CultureInfo.InvariantCulture), Encoding.UTF8.GetString(text, 0, JourneyJson.FormatMoney(text, money)));
    });

    [Theory]
    [InlineData("2019-10-01", "2019-10-01T00:00:00Z")]
    [InlineData("2019-10-01T02:03Z", "2019-10-01T02:03:00Z")]
    [InlineData("2019-10-01T02:03:04", "2019-10-01T02:03:04Z")]
    [InlineData("2019-10-01T02:03:04.5Z", "2019-10-01T02:03:04.500Z")]
    [InlineData("2019-10-01T02:03:04+02:00", "2019-10-01T00:03:04Z")]
    public void Iso_times_are_understood_as_utc(string text, string expected)
    {
        Assert.True(EventTimeText.TryParse(text, out var time));
        Assert.Equal(DateTimeOffset.Parse(expected, null), time);
    }

    [Theory]
    [InlineData("yesterday")]
    [InlineData("01.10.2019")]
    [InlineData("2019-13-01")]
    [InlineData("1569888000")]
    public void Other_times_are_refused(string text) => Assert.False(EventTimeText.TryParse(text, out _));

    private static string Whole(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static string Plain(IEnumerable<Step> steps)
    {
        var output = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        writer.WriteStartArray();
        foreach (var step in steps)
        {
            writer.WriteStartArray();
            EventTimeText.Write(writer, step.Time);
            writer.WriteStringValue(step.Kind.Name());
            writer.WriteStringValue(step.Subject);
            writer.WriteRawValue(step.Price.Amount.ToString("0.0###", CultureInfo.InvariantCulture));
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.Flush();
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static ShopEvent At(long sinceStartMs, EventKind kind, string subject) => RandomEvents.Event(RandomEvents.StartMs + sinceStartMs, kind, subject);
}
