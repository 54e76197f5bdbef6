using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OrleansAnalytics.Ingest;
using Xunit;

namespace OrleansAnalytics.Tests.Ingest;

public sealed class EventsEndpointTests : IAsyncLifetime
{
    private const string Good = "{\"event_time\":\"2022-10-01 00:00:00\",\"event_type\":\"view\",\"product_id\":\"p\",\"user_id\":\"u\"}";

    private readonly DoorFixture _fixture = new();
    private WebApplication? _app;
    private HttpClient? _client;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(_fixture.Door);
        builder.Services.AddSingleton<IngestGate>();
        _app = builder.Build();
        _app.MapEvents();
        await _app.StartAsync();
        _client = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }

    [Fact]
    public async Task Records_are_counted_and_rejections_listed_by_index()
    {
        var (status, answer, _) = await PostAsync($"[{Good},{{}},{Good}]", "application/json; charset=utf-8");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("""{"received":3,"appended":2,"rejected":[{"index":1,"reason":"bad_time"}],"rejectedTotal":1}""", answer.GetRawText());
    }

    [Fact]
    public async Task A_body_of_which_all_is_rejected_is_taken()
    {
        var (status, answer, _) = await PostAsync("{\"x\":1}\nnonsense\n", "application/x-ndjson", "?source=a.ndjson&first_record=41");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(2, answer.GetProperty("rejectedTotal").GetInt64());
        Assert.Equal(["a.ndjson:41", "a.ndjson:42"], _fixture.Rejections().Select(r => r.Source).Order());
    }

    [Theory]
    [InlineData("", "text/csv", "", HttpStatusCode.BadRequest)]
    [InlineData("a,b\n", "text/csv", "", HttpStatusCode.BadRequest)]
    [InlineData("nonsense", "application/json", "", HttpStatusCode.OK)]
    [InlineData("<a/>", "application/xml", "", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("{}", "application/json", "?first_record=0", HttpStatusCode.BadRequest)]
    [InlineData("{}", "application/json", "?first_record=x", HttpStatusCode.BadRequest)]
    public async Task What_cannot_be_read_is_answered_as_a_problem(string body, string type, string query, HttpStatusCode expected)
    {
        var (status, _, media) = await PostAsync(body, type, query);
        Assert.Equal(expected, status);
        Assert.Equal(expected == HttpStatusCode.OK ? "application/json" : "application/problem+json", media);
    }

    [Fact]
    public async Task A_body_that_breaks_off_is_answered_with_the_counts_so_far()
    {
        var (status, answer, media) = await PostAsync($"[{Good},{{\"event", "application/json");
        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (status, media));
        Assert.Equal((1, 1, 0), (answer.GetProperty("received").GetInt64(), answer.GetProperty("appended").GetInt64(), answer.GetProperty("rejectedTotal").GetInt64()));
        Assert.Equal(1 + Good.Length, answer.GetProperty("offset").GetInt64() - 1);
        Assert.Single(_fixture.Events());
    }

    [Fact]
    public async Task A_log_that_takes_nothing_is_answered_with_when_to_come_again()
    {
        _fixture.AppendsLeft = 0;
        using var content = new StringContent(Good, Encoding.UTF8, "application/json");
        using var response = await _client!.PostAsync("/v1/events", content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(5), response.Headers.RetryAfter!.Delta);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal(0, answer.GetProperty("appended").GetInt64());
    }

    private async Task<(HttpStatusCode Status, JsonElement Answer, string? Media)> PostAsync(string body, string type, string query = "")
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using var response = await _client!.PostAsync("/v1/events" + query, content, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (response.StatusCode, JsonDocument.Parse(text).RootElement, response.Content.Headers.ContentType?.MediaType);
    }
}
