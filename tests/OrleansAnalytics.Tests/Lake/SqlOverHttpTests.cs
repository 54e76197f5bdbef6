using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Tests.Http;
using OrleansAnalytics.Tests.Oracle;
using Parquet;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

public sealed class SqlOverHttpTests(SqlOverHttpTests.ShopWithLake shop) : IClassFixture<SqlOverHttpTests.ShopWithLake>
{
    private const string Sample = "cosmetics-2022-10-01";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_question_is_answered_in_json_unless_something_else_is_asked_for()
    {
        using var answer = await AskAsync(new { sql = "SELECT event_type, count(*) AS events FROM events GROUP BY 1 ORDER BY 2 DESC" });

        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("false", Assert.Single(answer.Headers.GetValues(SqlEndpoints.CutHeader)));
        Assert.Equal(
            """[{"event_type":"view","events":319},{"event_type":"cart","events":282},{"event_type":"remove_from_cart","events":182},{"event_type":"purchase","events":141}]""",
            await answer.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task A_question_about_one_user_has_only_his_events()
    {
        var busiest = await (await AskAsync(new { sql = "SELECT user_id, count(*) AS events FROM events GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1" })).Content.ReadFromJsonAsync<JsonElement>(Token);
        using var answer = await AskAsync(new { sql = "SELECT user_id, count(*) AS events FROM events GROUP BY 1", user = busiest[0].GetProperty("user_id").GetString() });

        Assert.Equal(busiest.GetRawText(), (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetRawText());
    }

    [Fact]
    public async Task A_question_is_answered_in_csv()
    {
        using var answer = await AskAsync(new { sql = "SELECT count(*) AS events FROM events" }, "text/csv");

        Assert.Equal("text/csv", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("events\r\n924\r\n", await answer.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task A_question_is_answered_in_parquet()
    {
        using var answer = await AskAsync(new { sql = "FROM carts" }, "application/x-unknown", SqlEndpoints.ParquetType);

        using var stream = new MemoryStream(await answer.Content.ReadAsByteArrayAsync(Token));
        await using var reader = await ParquetReader.CreateAsync(stream, cancellationToken: Token);
        Assert.Equal(234, reader.RowGroups.Sum(group => group.RowCount));
    }

    [Fact]
    public async Task An_answer_is_cut_and_says_so_or_is_refused()
    {
        using var cut = await AskAsync(new { sql = "FROM events", rows = 10 });
        using var refused = await AskAsync(new { sql = "FROM events", rows = 10, cut = false });

        Assert.Equal("true", Assert.Single(cut.Headers.GetValues(SqlEndpoints.CutHeader)));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
    }

    [Theory]
    [InlineData("DROP VIEW events", HttpStatusCode.BadRequest, "refused")]
    [InlineData("SELECT * FROM read_text('/etc/passwd')", HttpStatusCode.BadRequest, "refused")]
    [InlineData("SELECT nothing FROM events", HttpStatusCode.BadRequest, "invalid")]
    [InlineData("WITH RECURSIVE t AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM t) SELECT count(*) FROM t", HttpStatusCode.GatewayTimeout, "timeout")]
    public async Task A_question_without_answer_says_why(string sql, HttpStatusCode status, string error)
    {
        using var answer = await AskAsync(new { sql, timeoutSeconds = 0.01 });

        Assert.Equal(status, answer.StatusCode);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal(error, problem.RootElement.GetProperty("error").GetString());
        Assert.NotEmpty(problem.RootElement.GetProperty("detail").GetString()!);
    }

    [Fact]
    public async Task What_is_no_question_is_a_bad_request()
    {
        using var empty = await AskAsync(new { sql = " " });
        using var other = await AskAsync(new { sql = "FROM events" }, "image/png");

        Assert.Equal(HttpStatusCode.BadRequest, empty.StatusCode);
        Assert.Equal(HttpStatusCode.NotAcceptable, other.StatusCode);
    }

    [Theory]
    [InlineData("funnel")]
    [InlineData("hour_profile")]
    [InlineData("cart_abandonment")]
    public async Task A_report_from_the_lake_is_the_golden_answer(string report)
    {
        using var golden = JsonDocument.Parse(await File.ReadAllTextAsync(SharedData.Path($"golden/{Sample}.json"), Token));

        using var actual = JsonDocument.Parse(await shop.Http.GetStringAsync(new Uri(shop.Address, $"/v1/reports/{report}?from=lake"), Token));

        Assert.Null(JsonEquality.Difference(golden.RootElement.GetProperty(report), actual.RootElement));
    }

    [Fact]
    public async Task Reports_of_the_lake_are_listed_and_unknown_ones_refused()
    {
        using var list = JsonDocument.Parse(await shop.Http.GetStringAsync(new Uri(shop.Address, "/v1/reports?from=lake"), Token));
        using var unknown = await shop.Http.GetAsync(new Uri(shop.Address, "/v1/reports/nonsense?from=lake"), Token);
        using var source = await shop.Http.GetAsync(new Uri(shop.Address, "/v1/reports/brands?from=sea"), Token);

        Assert.Equal(LakeReports.All.Select(report => report.Name), list.RootElement.EnumerateArray().Select(report => report.GetProperty("name").GetString()));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, source.StatusCode);
        Assert.Equal("step,sessions,share,drop_off", (await shop.Http.GetStringAsync(new Uri(shop.Address, "/v1/reports/funnel?from=lake&format=csv"), Token)).Split('\r')[0]);
    }

    private async Task<HttpResponseMessage> AskAsync(object question, params string[] accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(shop.Address, "/v1/sql")) { Content = JsonContent.Create(question) };
        foreach (var type in accept)
        {
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
        }

        return await shop.Http.SendAsync(request, Token);
    }

    /// <summary>A node with a sample in its lake.</summary>
    public sealed class ShopWithLake : ServedShop
    {
        // Two tests never ask at the same time, but an answer may arrive before its room is free again.
        protected override IReadOnlyList<string> Configuration => ["--Lake:Query:MaxQueries", "16", "--Lake:Query:MemoryLimitBytes", "268435456"];

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            new SampleLake(Services.GetRequiredService<LakeFolder>().Root).Import(await File.ReadAllLinesAsync(SharedData.Path($"{Sample}.csv"), Token));
        }
    }
}
