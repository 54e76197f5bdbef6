using System.Net;
using System.Text;
using OrleansAnalytics.Client;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Tests.Ingest;
using Xunit;
using RecordFormat = OrleansAnalytics.Ingest.RecordFormat;

namespace OrleansAnalytics.Tests.Client;

public sealed class BinarySendTests : IDisposable
{
    private static readonly AnalyticsClientOptions Options = new() { BatchSize = 3, MaxRetries = 4 };
    private readonly FaultyServer _server = new() { Answer = _ => """{"received":1,"appended":1,"rejected":[],"rejectedTotal":0}""" };
    private readonly AnalyticsClient _client;

    public BinarySendTests() => _client = new AnalyticsClient(Options, _server, new ImpatientTime(Options.RequestTimeout), new Random(1));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task Batches_are_binary_and_repeats_carry_the_same_bytes()
    {
        _server.ThenBreaksOffAfterReading().Then(HttpStatusCode.ServiceUnavailable).Then(HttpStatusCode.TooManyRequests);
        await _client.SendAsync([Event(1), Event(2)], Cancel);
        Assert.Equal(4, _server.Requests.Count);
        Assert.All(_server.Requests, request => Assert.Equal(("/v1/events", BinaryEvents.MediaType), (request.Path, request.Type)));
        Assert.Single(_server.Bodies.Select(Convert.ToHexString).Distinct());
        Assert.Equal(2, (await IdsAsync(_server.Bodies[0], RecordFormat.Binary)).Distinct().Count());
    }

    [Fact]
    public async Task A_server_that_knows_no_binary_batches_gets_the_same_events_as_json_from_then_on()
    {
        _server.Then(HttpStatusCode.UnsupportedMediaType);
        var result = await _client.SendAsync([Event(1), Event(2), Event(3), Event(4)], Cancel);
        Assert.Equal(2, result.Appended);
        Assert.Equal([BinaryEvents.MediaType, "application/x-ndjson", "application/x-ndjson"], _server.Requests.Select(request => request.Type));
        Assert.Equal(await IdsAsync(_server.Bodies[0], RecordFormat.Binary), await IdsAsync(_server.Bodies[1], RecordFormat.JsonLines));
    }

    [Fact]
    public async Task A_server_that_takes_neither_is_told_so()
    {
        _server.Then(HttpStatusCode.UnsupportedMediaType).Then(HttpStatusCode.UnsupportedMediaType, body: """{"title":"Unsupported"}""");
        var failed = await Assert.ThrowsAsync<SendFailedException>(() => _client.SendAsync([Event(1)], Cancel));
        Assert.Equal("Unsupported", Assert.IsType<AnalyticsRequestException>(failed.InnerException).Title);
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task Json_is_sent_when_asked_for()
    {
        using var server = new FaultyServer();
        using var client = new AnalyticsClient(new AnalyticsClientOptions { Encoding = EventEncoding.Json }, server);
        await client.SendAsync([Event(1)], Cancel);
        Assert.Equal("application/x-ndjson", Assert.Single(server.Requests).Type);
    }

    [Fact]
    public async Task A_kind_that_is_none_is_not_sent()
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _client.SendAsync([Event(1) with { Kind = (EventKind)77 }], Cancel));
        Assert.Empty(_server.Requests);
    }

    private static async Task<List<EventId>> IdsAsync(byte[] body, RecordFormat format)
    {
        var door = new DoorFixture();
        await door.TakeAsync(body, format);
        return [.. door.Events().Select(one => one.Id)];
    }

    private static ShopEventInput Event(int i) => new()
    {
        EventTime = new DateTimeOffset(2019, 10, 1, 0, 0, i, TimeSpan.Zero),
        Kind = EventKind.View,
        UserId = "u",
        ProductId = "p" + i,
    };
}
