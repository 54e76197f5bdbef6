using System.Net;
using Microsoft.Extensions.DependencyInjection;
using OrleansAnalytics.Client;
using OrleansAnalytics.Events;
using Xunit;

namespace OrleansAnalytics.Tests.Client;

public sealed class QueryTests : IDisposable
{
    private readonly FaultyServer _server = new();
    private readonly AnalyticsClient _client;

    public QueryTests()
    {
        var options = new AnalyticsClientOptions { MaxRetries = 1 };
        _client = new AnalyticsClient(options, _server, new ImpatientTime(options.RequestTimeout), new Random(1));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task A_journey_is_read_with_its_steps()
    {
        _server.Answer = _ =>
            """
            {"userId":"u/1","events":2,"kinds":{"view":1,"remove_from_cart":1},"sessions":1,"revenue":0.0,"firstSeen":"2019-10-01T02:29:38Z",
            "lastSeen":"2019-10-01T02:30:00Z","openCart":[{"productId":"5","price":33.2,"since":"2019-10-01T02:30:00Z"}],"truncated":false,
            "steps":[["2019-10-01T02:29:38Z","view","17200513",514.56]],
            "sessionList":[{"key":null,"start":"2019-10-01T02:29:38Z","end":"2019-10-01T02:30:00Z","events":2,
            "steps":[["2019-10-01T02:29:38Z","view","17200513",514.56],["2019-10-01T02:30:00Z","remove_from_cart","17200513",514.56]]}]}
            """;
        var from = new DateTimeOffset(2019, 10, 1, 2, 0, 0, TimeSpan.FromHours(2));
        var journey = await _client.GetJourneyAsync("u/1", from, cancellationToken: Cancel);
        Assert.Equal("/v1/users/u%2F1/journey?from=2019-10-01T00%3A00%3A00.000Z", Assert.Single(_server.Requests).Path);
        Assert.NotNull(journey);
        Assert.Equal(1, journey.Kinds["remove_from_cart"]);
        Assert.Equal(new JourneyStep(journey.FirstSeen, EventKind.View, "17200513", Money.FromAmount(514.56m)), Assert.Single(journey.Steps));
        Assert.Equal(EventKind.RemoveFromCart, Assert.Single(journey.SessionList).Steps[1].Kind);
        Assert.Equal(Money.FromAmount(33.2m), Assert.Single(journey.OpenCart).Price);
    }

    [Fact]
    public async Task A_product_is_read_with_its_kinds()
    {
        _server.Answer = _ =>
            """
            {"productId":"5","categoryId":null,"categoryCode":null,"brand":"aqua","lastPrice":33.2,"activity":{"events":3,"kinds":{"view":2,"purchase":1},
            "revenue":33.2,"firstSeen":"2019-10-01T00:00:00Z","lastSeen":"2019-10-01T00:00:00Z","hours":[],"conversion":0.5}}
            """;
        var product = await _client.GetProductAsync("5", Cancel);
        Assert.Equal(2, product!.Activity.Kinds[EventKind.View]);
        Assert.Equal(0.5m, product.Activity.Conversion);
    }

    [Fact]
    public async Task What_is_not_known_is_null()
    {
        _server.Then(HttpStatusCode.NotFound).Then(HttpStatusCode.NotFound);
        Assert.Null(await _client.GetBrandAsync("a&b", Cancel));
        Assert.Null(await _client.GetPageAsync("/home?x=1&y=2", Cancel));
        Assert.Equal(["/v1/brands/a%26b", "/v1/pages?url=%2Fhome%3Fx%3D1%26y%3D2"], _server.Requests.Select(request => request.Path));
    }

    [Fact]
    public async Task An_unknown_report_is_an_error_with_the_servers_words()
    {
        _server.Then(HttpStatusCode.NotFound, body: """{"title":"No such report","detail":"known are: brands"}""");
        var error = await Assert.ThrowsAsync<AnalyticsRequestException>(() => _client.GetReportAsync("x", Cancel));
        Assert.Equal("404 No such report: known are: brands", error.Message);
    }

    [Fact]
    public async Task Status_is_read()
    {
        _server.Answer = _ =>
            """
            {"ready":true,"partitions":[{"partition":0,"end":9,"applied":8,"replayFrom":5,"lag":1,"received":8,"accepted":7,"duplicates":1,"rejected":0,"late":0,
            "watermark":"2019-10-01T00:00:00Z","generation":1,"dirtyEntities":3,"rewinds":0,"phase":"running","lastTrouble":null}],
            "totals":{"end":9,"applied":8,"lag":1,"received":8,"accepted":7,"duplicates":1,"rejected":0}}
            """;
        var status = await _client.GetStatusAsync(Cancel);
        Assert.Equal("running", Assert.Single(status.Partitions).Phase);
        Assert.Equal(1, status.Totals.Lag);
    }

    [Fact]
    public async Task Dead_letters_are_asked_for_page_by_page()
    {
        _server.Answer = _ =>
            """
            {"deadLetters":[{"id":"0-7","partition":0,"position":7,"entity":"","reason":"bad_time","detail":null,"source":"a.csv:3",
            "receivedAt":"2026-01-01T00:00:00Z","raw":"x,y"}],"next":"0-7"}
            """;
        var page = await _client.GetDeadLettersAsync("0-3", 10, "bad_time", Cancel);
        Assert.Equal("/v1/dead-letters?after=0-3&limit=10&reason=bad_time", Assert.Single(_server.Requests).Path);
        Assert.Equal(("0-7", "a.csv:3"), (page.Next, Assert.Single(page.DeadLetters).Source));
    }

    [Fact]
    public async Task An_answer_of_another_kind_of_server_is_an_error()
    {
        _server.Answer = _ => "<html>";
        await Assert.ThrowsAsync<AnalyticsRequestException>(() => _client.GetStatusAsync(Cancel));
    }

    [Fact]
    public void A_program_has_one_client()
    {
        using var services = new ServiceCollection().AddAnalyticsClient(options => options.BaseAddress = new Uri("http://shop:1")).BuildServiceProvider();
        Assert.Equal(new Uri("http://shop:1"), services.GetRequiredService<AnalyticsClient>().BaseAddress);
        Assert.Same(services.GetRequiredService<AnalyticsClient>(), services.GetRequiredService<AnalyticsClient>());
    }
}
