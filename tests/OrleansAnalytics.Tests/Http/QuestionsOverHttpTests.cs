using System.Globalization;
using System.Net;
using System.Text.Json;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Tests.Cluster;
using OrleansAnalytics.Tests.Oracle;
using Xunit;

namespace OrleansAnalytics.Tests.Http;

public sealed class QuestionsOverHttpTests(QuestionsOverHttpTests.SampleShop shop) : IClassFixture<QuestionsOverHttpTests.SampleShop>
{
    private const string Sample = "rees46-2019-10-01";
    private static readonly BatchOracle Oracle = BatchOracle.From(SharedData.Path($"{Sample}.csv"));

    [Fact]
    public async Task Every_report_is_the_golden_one_and_has_a_table()
    {
        var golden = Answers.Golden(Sample);
        var listed = (await shop.GetAsync("/v1/reports")).Json.EnumerateArray().Select(one => one.GetProperty("name").GetString()!);
        Assert.Equal(ReportNames.All, listed);
        foreach (var name in ReportNames.All.Except([ReportNames.Ingest]))
        {
            var report = await shop.FreshReportAsync(name);
            Assert.Equal(HttpStatusCode.OK, report.Status);
            Assert.Null(JsonEquality.Difference(JsonSerializer.SerializeToElement(golden[name]), report.Json, name));
            Assert.True(report.Headers.ContainsKey("X-Watermark"));

            var table = await shop.GetAsync($"/v1/reports/{name}?format=csv");
            Assert.Equal((HttpStatusCode.OK, "text/csv"), (table.Status, table.Type));
            Assert.Contains("\r\n", table.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Journeys_are_the_golden_ones_and_can_be_asked_by_time()
    {
        var golden = Answers.Golden(Sample);
        foreach (var user in Answers.Users(golden))
        {
            var journey = (await shop.GetAsync($"/v1/users/{user}/journey")).Json;
            var expected = golden["journeys"]![user]!;
            foreach (var name in new[] { "events", "kinds", "sessions", "revenue", "steps" })
            {
                Assert.Null(JsonEquality.Difference(JsonSerializer.SerializeToElement(expected[name]), journey.GetProperty(name), $"{user}.{name}"));
            }
        }

        using (var response = await shop.Http.GetAsync(new Uri(shop.Address, $"/v1/users/{Answers.Users(golden)[0]}/journey"), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken))
        {
            // Told, and not only counted by the client: it comes in one piece.
            Assert.Null(response.Headers.TransferEncodingChunked);
            Assert.Equal((await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length, response.Content.Headers.ContentLength);
        }

        var steps = Oracle.Journeys.Values.First(one => one.Steps.Count > 5 && one.Steps[0].TimeMs < one.Steps[^1].TimeMs).Steps;
        var middle = steps[^1].TimeMs;
        var at = DateTimeOffset.FromUnixTimeMilliseconds(middle).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        Assert.Equal(steps.Count(step => step.TimeMs < middle), await StepsAsync($"to={at}"));
        Assert.Equal(steps.Count(step => step.TimeMs >= middle), await StepsAsync($"from={at}"));

        async Task<int> StepsAsync(string query) =>
            (await shop.GetAsync($"/v1/users/{steps[0].User}/journey?{query}")).Json.GetProperty("steps").GetArrayLength();
    }

    [Fact]
    public async Task Products_categories_and_brands_count_their_events()
    {
        var product = Oracle.Accepted.CountBy(row => row.Product).MaxBy(one => one.Value);
        var category = Oracle.Accepted.CountBy(row => row.Category!).MaxBy(one => one.Value);
        var brand = Oracle.Accepted.Where(row => row.Brand is not null).CountBy(row => row.Brand!).MaxBy(one => one.Value);
        await AssertEventsAsync($"/v1/products/{product.Key}", product.Value);
        await AssertEventsAsync($"/v1/categories/{category.Key}", category.Value);
        await AssertEventsAsync($"/v1/brands/{brand.Key}", brand.Value);
    }

    [Fact]
    public async Task Dead_letters_are_listed_by_page_and_by_reason()
    {
        var mangled = new List<string>();
        var next = "";
        do
        {
            var page = (await shop.GetAsync($"/v1/dead-letters?reason=mangled_id&limit=5&after={next}")).Json;
            var letters = page.GetProperty("deadLetters").EnumerateArray().ToList();
            Assert.InRange(letters.Count, 0, 5);
            Assert.All(letters, letter => Assert.Equal("mangled_id", letter.GetProperty("reason").GetString()));
            mangled.AddRange(letters.Select(letter => letter.GetProperty("id").GetString()!));
            next = page.GetProperty("next").GetString();
        }
        while (next is not null);

        Assert.Equal(22, mangled.Distinct().Count());
        Assert.Equal(22, mangled.Count);
        var all = (await shop.GetAsync("/v1/dead-letters")).Json.GetProperty("deadLetters").EnumerateArray();
        Assert.Equal(
            new[] { ("malformed", 1), ("mangled_id", 22) },
            all.CountBy(letter => letter.GetProperty("reason").GetString()!).Select(one => (one.Key, one.Value)).Order());
    }

    [Theory]
    [InlineData("/v1/users/nobody/journey", 404, "nobody")]
    [InlineData("/v1/products/nothing", 404, "nothing")]
    [InlineData("/v1/categories/nothing", 404, "nothing")]
    [InlineData("/v1/brands/nothing", 404, "nothing")]
    [InlineData("/v1/pages?url=nothing", 404, "nothing")]
    [InlineData("/v1/pages", 400, "url")]
    [InlineData("/v1/users/u/journey?from=yesterday", 400, "yesterday")]
    [InlineData("/v1/users/u/journey?to=tomorrow", 400, "tomorrow")]
    [InlineData("/v1/users/u/journey?from=2020-01-02&to=2020-01-01", 400, "after")]
    [InlineData("/v1/reports/nonsense", 404, "cart_abandonment")]
    [InlineData("/v1/reports/brands?format=xlsx", 400, "csv")]
    [InlineData("/v1/dead-letters?limit=0", 400, "limit")]
    [InlineData("/v1/dead-letters?limit=1001", 400, "limit")]
    [InlineData("/v1/dead-letters?limit=many", 400, "Bad Request")]
    [InlineData("/v1/dead-letters?reason=mood", 400, "bad_time")]
    [InlineData("/v1/dead-letters?after=x", 400, "after")]
    [InlineData("/v1/snapshots?kind=week", 400, "month")]
    [InlineData("/v1/snapshots?limit=0", 400, "limit")]
    [InlineData("/v1/snapshots/day/2019-10-99", 404, "closed")]
    [InlineData("/v1/snapshots/day/..%2F..%2Fday/manifest.json", 404, "closed")]
    [InlineData("/v1/nowhere", 404, "Not Found")]
    [InlineData("/v1/events", 405, "Method Not Allowed")]
    public async Task What_cannot_be_answered_is_a_problem_that_says_why(string path, int status, string says) =>
        Assert.Contains(says, (await shop.GetAsync(path)).AssertProblem((HttpStatusCode)status), StringComparison.Ordinal);

    [Fact]
    public async Task The_node_is_alive_ready_described_and_has_a_dashboard()
    {
        Assert.Equal("""{"status":"alive"}""", (await shop.GetAsync("/health/live")).Text);
        Assert.Equal("""{"status":"ready"}""", (await shop.GetAsync("/health/ready")).Text);
        var dashboard = await shop.GetAsync("/orleans");
        Assert.Equal((HttpStatusCode.OK, "text/html"), (dashboard.Status, dashboard.Type));
        var document = (await shop.GetAsync("/openapi/v1.json")).Json;
        Assert.Equal(
            [
                "/health/live", "/health/ready", "/v1/brands/{name}", "/v1/categories/{id}", "/v1/dead-letters", "/v1/dead-letters/replay",
                "/v1/dead-letters/{id}", "/v1/dead-letters/{id}/replay", "/v1/events", "/v1/lake/write", "/v1/pages",
                "/v1/products/{id}", "/v1/reports", "/v1/reports/{name}", "/v1/snapshots", "/v1/snapshots/write", "/v1/snapshots/{kind}/{period}",
                "/v1/snapshots/{kind}/{period}/{file}", "/v1/sql", "/v1/status", "/v1/users/{id}/journey",
            ],
            document.GetProperty("paths").EnumerateObject().Select(path => path.Name).Where(path => !path.StartsWith("/orleans", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    private async Task AssertEventsAsync(string path, int events)
    {
        var answer = await shop.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(events, answer.Json.GetProperty("activity").GetProperty("events").GetInt32());
    }

    /// <summary>A node that has a sample, and records with mangled ids, which change nothing but the report on ingestion.</summary>
    public sealed class SampleShop : ServedShop
    {
        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            foreach (var file in new[] { Sample, "mangled-ids" })
            {
                var answer = await PostAsync(await File.ReadAllBytesAsync(SharedData.Path($"{file}.csv")), "text/csv", $"?source={file}");
                Assert.Equal(HttpStatusCode.OK, answer.Status);
            }

            await QuietAsync();
        }
    }
}
