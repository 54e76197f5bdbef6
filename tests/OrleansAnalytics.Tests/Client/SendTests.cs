using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using OrleansAnalytics.Client;
using OrleansAnalytics.Events;
using Xunit;

namespace OrleansAnalytics.Tests.Client;

public sealed class SendTests : IDisposable
{
    private static readonly AnalyticsClientOptions Options = new() { BatchSize = 3, MaxRetries = 4, Encoding = EventEncoding.Json };
    private readonly FaultyServer _server = new();
    private readonly ImpatientTime _time = new(Options.RequestTimeout);
    private readonly AnalyticsClient _client;

    public SendTests() => _client = new AnalyticsClient(Options, _server, _time, new Random(1));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task A_batch_is_lines_of_json_with_the_names_of_the_files()
    {
        await _client.SendAsync([Event(1) with { Price = 33.20m, Brand = "aqua", SessionKey = "s", Quantity = 2, EventId = "mine" }], Cancel);
        var (path, type, body) = Assert.Single(_server.Requests);
        Assert.Equal("/v1/events", path);
        Assert.Equal("application/x-ndjson", type);
        Assert.Equal(
            """{"event_time":"2019-10-01T00:00:01.000Z","event_type":"view","product_id":"p1","brand":"aqua","price":33.20,"user_id":"u","user_session":"s","event_id":"mine","quantity":2}""" + "\n",
            body);
    }

    [Fact]
    public async Task Repeats_after_a_connection_that_broke_off_carry_the_same_ids()
    {
        _server.ThenBreaksOffAfterReading().Then(HttpStatusCode.ServiceUnavailable).Then(HttpStatusCode.RequestTimeout);
        var result = await _client.SendAsync([Event(1), Event(2)], Cancel);
        Assert.Equal(2, result.Appended);
        Assert.Equal(4, _server.Requests.Count);
        Assert.Single(_server.Requests.Select(request => request.Body).Distinct());
        Assert.Equal(2, Ids(_server.Requests[0].Body).Distinct().Count());
        Assert.All(Ids(_server.Requests[0].Body), id => Assert.Equal(7, Guid.Parse(id).Version));
    }

    [Fact]
    public async Task The_server_says_how_long_to_wait()
    {
        _server.Then(HttpStatusCode.TooManyRequests, response => response.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(7)));
        await _client.SendAsync([Event(1)], Cancel);
        Assert.Equal([TimeSpan.FromSeconds(7)], _time.Pauses);
    }

    [Fact]
    public async Task Pauses_double_up_to_the_limit_of_tries()
    {
        for (var i = 0; i < 5; i++)
            _server.Then(HttpStatusCode.BadGateway);
        var failed = await Assert.ThrowsAsync<SendFailedException>(() => _client.SendAsync([Event(1)], Cancel));
        Assert.Equal(HttpStatusCode.BadGateway, Assert.IsType<AnalyticsRequestException>(failed.InnerException).Status);
        Assert.Equal(4, _time.Pauses.Count);
        for (var i = 0; i < 4; i++)
            Assert.InRange(_time.Pauses[i].TotalMilliseconds, 100 << i, 200 << i);
    }

    [Fact]
    public async Task Tries_end_with_the_time_for_them_and_the_last_answer_is_told()
    {
        var options = new AnalyticsClientOptions { MaxRetries = 1_000, RetryFor = TimeSpan.FromSeconds(30), BackoffMax = TimeSpan.FromSeconds(8) };
        var time = new ImpatientTime(options.RequestTimeout);
        using var client = new AnalyticsClient(options, _server, time, new Random(1));
        for (var i = 0; i < 100; i++)
            _server.Then(HttpStatusCode.TooManyRequests, response => response.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(8)));
        var failed = await Assert.ThrowsAsync<SendFailedException>(() => client.SendAsync([Event(1)], Cancel));
        Assert.Equal(HttpStatusCode.TooManyRequests, Assert.IsType<AnalyticsRequestException>(failed.InnerException).Status);
        Assert.Equal([8, 8, 8], time.Pauses.Select(pause => pause.TotalSeconds));
    }

    [Fact]
    public async Task A_failure_says_what_is_acknowledged_and_what_is_not()
    {
        var taken = 0;
        IEnumerable<ShopEventInput> Events()
        {
            for (var i = 0; i < 100; i++)
            {
                taken++;
                yield return Event(i);
            }
        }

        _server.Then(HttpStatusCode.OK, body: """{"received":3,"appended":2,"rejected":[{"index":1,"reason":"bad_price"}],"rejectedTotal":1}""");
        for (var i = 0; i < 5; i++)
            _server.ThenBreaksOffAfterReading();
        var failed = await Assert.ThrowsAsync<SendFailedException>(() => _client.SendAsync(Events(), Cancel));
        Assert.Equal(3, failed.AcknowledgedRecords);
        Assert.Equal(2, failed.Acknowledged.Appended);
        Assert.Equal(["p3", "p4", "p5"], failed.Unacknowledged.Select(shopEvent => shopEvent.ProductId));
        Assert.Equal(Ids(_server.Requests[^1].Body), failed.Unacknowledged.Select(shopEvent => shopEvent.EventId!));
        Assert.Equal(6, taken);
        Assert.IsType<AnalyticsUnreachableException>(failed.InnerException);
    }

    [Fact]
    public async Task A_refusal_is_not_repeated()
    {
        _server.Then(HttpStatusCode.UnsupportedMediaType, body: """{"title":"Unsupported","detail":"no such format"}""");
        var failed = await Assert.ThrowsAsync<SendFailedException>(() => _client.SendAsync([Event(1)], Cancel));
        var inner = Assert.IsType<AnalyticsRequestException>(failed.InnerException);
        Assert.Equal(("Unsupported", "no such format"), (inner.Title, inner.Detail));
        Assert.Single(_server.Requests);
        Assert.Empty(_time.Pauses);
    }

    [Fact]
    public async Task Indexes_of_rejections_count_over_all_batches()
    {
        _server.Answer = _ => """{"received":3,"appended":2,"rejected":[{"index":2,"reason":"bad_price"}],"rejectedTotal":1}""";
        var result = await _client.SendAsync(Enumerable.Range(0, 6).Select(Event).ToAsyncEnumerable(), Cancel);
        Assert.Equal(new SendResult(6, 4, 2, result.Rejected), result);
        Assert.Equal([2, 5], result.Rejected.Select(rejected => rejected.Index));
    }

    [Fact]
    public async Task Cancelling_ends_the_repeats()
    {
        using var stop = new CancellationTokenSource();
        _server.Then(HttpStatusCode.ServiceUnavailable, _ => stop.Cancel());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _client.SendAsync([Event(1)], stop.Token));
        Assert.Single(_server.Requests);
    }

    [Fact]
    public void Wrong_options_are_all_named_at_once()
    {
        var options = new AnalyticsClientOptions { BatchSize = 0, MaxRetries = -1, BaseAddress = new Uri("ftp://x") };
        var error = Assert.Throws<ArgumentException>(() => new AnalyticsClient(options));
        Assert.All(["BatchSize", "MaxRetries", "BaseAddress"], name => Assert.Contains(name, error.Message, StringComparison.Ordinal));
    }

    private static ShopEventInput Event(int i) => new()
    {
        EventTime = new DateTimeOffset(2019, 10, 1, 0, 0, i, TimeSpan.Zero),
        Kind = EventKind.View,
        UserId = "u",
        ProductId = "p" + i,
    };

    private static List<string> Ids(string body) =>
        [.. body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("event_id").GetString()!)];
}
