using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Xunit;

namespace OrleansAnalytics.Tests.Http;

public sealed class IngestOverHttpTests(ServedShop shop) : IClassFixture<ServedShop>
{
    private const string Header = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session";

    [Theory]
    [InlineData("text/csv")]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8; array")]
    [InlineData("application/x-ndjson")]
    public async Task Events_of_every_format_are_in_the_journey(string format)
    {
        var user = "format-" + format.Length;
        var answer = await shop.PostAsync(Body(format, user), format.Replace("; array", "", StringComparison.Ordinal));

        Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.Status, answer.Type));
        var expected = format == "application/json" ? 1 : 2;
        Assert.Equal($$"""{"received":{{expected}},"appended":{{expected}},"rejected":[],"rejectedTotal":0}""", answer.Text);
        await AssertStepsAsync(user, expected);
    }

    [Theory]
    [InlineData("text/csv", "gzip")]
    [InlineData("application/gzip", null)]
    [InlineData(null, null)]
    public async Task Gzip_is_unpacked_whether_it_is_announced_or_not(string? type, string? encoding)
    {
        var user = $"gzip-{type}-{encoding}";
        var answer = await shop.PostAsync(Gzip(Csv(user)), type, encoding: encoding);

        Assert.Equal((HttpStatusCode.OK, 2), (answer.Status, answer.Json.GetProperty("appended").GetInt32()));
        await AssertStepsAsync(user, 2);
    }

    [Fact]
    public async Task A_cut_gzip_keeps_what_came_before_the_cut()
    {
        var packed = Gzip(Header + "\n" + string.Concat(Enumerable.Range(0, 20_000).Select(number => Row("cut-gzip", number))));
        var answer = await shop.PostAsync(packed[..(packed.Length / 2)], "text/csv");

        Assert.Contains("breaks off", answer.AssertProblem(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        var appended = answer.Json.GetProperty("appended").GetInt64();
        Assert.InRange(appended, 1, 19_999);
        await shop.QuietAsync();
        Assert.Equal(appended, (await shop.GetAsync("/v1/users/cut-gzip/journey")).Json.GetProperty("events").GetInt64());
    }

    [Fact]
    public async Task A_line_of_ten_megabytes_is_one_dead_letter_between_good_lines()
    {
        const int TenMegabytes = 10 << 20;
        var answer = await shop.PostAsync(
            Header + "\n" + Row("wide", 1) + Row("wide", 2).Replace("session", new string('x', TenMegabytes), StringComparison.Ordinal) + Row("wide", 3), "text/csv", "?source=wide.csv");

        Assert.Equal("""{"received":3,"appended":2,"rejected":[{"index":1,"reason":"too_long"}],"rejectedTotal":1}""", answer.Text);
        await AssertStepsAsync("wide", 2);
        var letter = (await shop.GetAsync("/v1/dead-letters?reason=too_long")).Json.GetProperty("deadLetters").EnumerateArray().Single();
        Assert.Equal("wide.csv:2", letter.GetProperty("source").GetString());
        Assert.InRange(letter.GetProperty("raw").GetString()!.Length, 1000, 1 << 16);
    }

    [Fact]
    public async Task A_cut_line_and_bytes_that_are_no_text_are_dead_letters_between_good_lines()
    {
        byte[] body = [.. Encoding.UTF8.GetBytes(Header + "\n" + Row("odd", 1) + Row("odd", 2)[..40] + "\n"),
            .. Encoding.UTF8.GetBytes(Row("odd", 3).TrimEnd()), 0xC3, 0x28, (byte)'\n', .. Encoding.UTF8.GetBytes(Row("odd", 4))];
        var answer = await shop.PostAsync(body, "text/csv", "?source=odd.csv");

        Assert.Equal(
            """{"received":4,"appended":2,"rejected":[{"index":1,"reason":"malformed"},{"index":2,"reason":"malformed"}],"rejectedTotal":2}""", answer.Text);
        await AssertStepsAsync("odd", 2);
    }

    [Theory]
    [InlineData("", "text/csv", "", 400, "empty")]
    [InlineData(" \n\n", "application/json", "", 400, "empty")]
    [InlineData("colour,size\nred,1\n", "text/csv", "", 400, "columns")]
    [InlineData("<events/>", "application/xml", "", 415, "application/xml")]
    [InlineData("x", "text/csv", "?first_record=0", 400, "first_record")]
    [InlineData("""[{"event_time":"2019-10-01T00:00:00Z","event_type":"view","product_id":"p","user_id":"broken"}, nonsense""", "application/json", "", 400, "breaks off")]
    public async Task What_cannot_be_read_is_refused_and_the_node_still_takes_events(string body, string type, string query, int status, string says)
    {
        Assert.Contains(says, (await shop.PostAsync(body, type, query)).AssertProblem((HttpStatusCode)status), StringComparison.Ordinal);

        var user = $"after-{says}-{body.Length}";
        Assert.Equal(2, (await shop.PostAsync(Csv(user), "text/csv")).Json.GetProperty("appended").GetInt32());
        await AssertStepsAsync(user, 2);
    }

    [Fact]
    public async Task Whatever_was_sent_the_counts_add_up()
    {
        await shop.PostAsync("{\"half\":\n" + Csv("twice"), "application/x-ndjson", "?source=counts");
        await shop.PostAsync(Csv("twice"), "text/csv");
        await shop.PostAsync(Csv("twice"), "text/csv");

        var totals = (await shop.QuietAsync()).GetProperty("totals");

        var (received, accepted) = (Number(totals, "received"), Number(totals, "accepted"));
        Assert.Equal(received, accepted + Number(totals, "duplicates") + Number(totals, "rejected"));
        Assert.Equal((received, received), (Number(totals, "end"), Number(totals, "applied")));
        Assert.True(accepted > 0 && Number(totals, "duplicates") >= 2 && Number(totals, "rejected") >= 4, totals.GetRawText());
    }

    private static long Number(JsonElement totals, string name) => totals.GetProperty(name).GetInt64();

    private async Task AssertStepsAsync(string user, int count)
    {
        await shop.QuietAsync();
        var journey = await shop.GetAsync($"/v1/users/{Uri.EscapeDataString(user)}/journey");
        Assert.Equal(HttpStatusCode.OK, journey.Status);
        Assert.Equal(count, journey.Json.GetProperty("steps").GetArrayLength());
    }

    private static string Body(string format, string user) => format switch
    {
        "text/csv" => Csv(user),
        "application/json" => Json(user, 1),
        "application/x-ndjson" => Json(user, 1) + "\n" + Json(user, 2),
        _ => $"[{Json(user, 1)},\n{Json(user, 2)}]",
    };

    private static string Csv(string user) => $"{Header}\n{Row(user, 1)}{Row(user, 2)}";

    private static string Row(string user, int number) => $"{Time(number)} UTC,view,p{number},7,a.b,acme,1.50,{user},session\n";

    private static string Json(string user, int number) =>
        $$"""{"event_time":"{{Time(number)}}","event_type":"view","product_id":"p{{number}}","price":1.5,"user_id":"{{user}}"}""";

    private static string Time(int number) => DateTime.UnixEpoch.AddYears(49).AddSeconds(number).ToString("yyyy-MM-dd HH:mm:ss", null);

    private static byte[] Gzip(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return packed.ToArray();
    }
}
