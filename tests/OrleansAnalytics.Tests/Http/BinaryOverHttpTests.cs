using System.Net;
using System.Text;
using OrleansAnalytics.Client;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using Xunit;

namespace OrleansAnalytics.Tests.Http;

public sealed class BinaryOverHttpTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2022, 10, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly ShopEventInput Good = new() { EventTime = Noon, Kind = EventKind.Purchase, UserId = "u1", ProductId = "p", Price = 1.50m, EventId = "e" };

    private readonly ServedShop _shop = new();
    private AnalyticsClient? _client;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AnalyticsClient Client => _client ??= new AnalyticsClient(new AnalyticsClientOptions { BaseAddress = _shop.Address, MaxRetries = 0 });

    public ValueTask InitializeAsync() => _shop.InitializeAsync();

    public ValueTask DisposeAsync()
    {
        _client?.Dispose();
        return _shop.DisposeAsync();
    }

    [Fact]
    public async Task An_event_that_was_sent_as_json_and_as_binary_counts_once()
    {
        await Client.SendAsync([Good], Token);
        await _shop.PostAsync(EventLines.Write([Good]), "application/x-ndjson");
        var totals = (await _shop.QuietAsync()).GetProperty("totals");
        Assert.Equal((1, 1), (totals.GetProperty("accepted").GetInt64(), totals.GetProperty("duplicates").GetInt64()));
    }

    [Fact]
    public async Task A_rejected_event_is_shown_as_json_and_replayed_corrected()
    {
        await Client.SendAsync([Good with { UserId = "" }], Token);
        await _shop.QuietAsync();
        var letter = Assert.Single((await Client.GetDeadLettersAsync(cancellationToken: Token)).DeadLetters);
        Assert.Equal(
            ("missing_user", "json", """{"event_time":"2022-10-01T12:00:00.000Z","event_type":"purchase","product_id":"p","price":1.50,"user_id":"","event_id":"e"}"""),
            (letter.Reason, letter.Format, letter.Raw));
        var corrected = Encoding.UTF8.GetBytes(letter.Raw!.Replace("\"user_id\":\"\"", "\"user_id\":\"u1\"", StringComparison.Ordinal));
        Assert.Equal("appended", (await Client.ReplayDeadLetterAsync(letter.Id, corrected, Token))!.Outcome);
        await _shop.QuietAsync();
        Assert.Equal(1.5m, (await Client.GetJourneyAsync("u1", cancellationToken: Token))!.Revenue.Amount);
    }

    [Fact]
    public async Task A_damaged_record_is_shown_in_hexadecimal_and_can_be_corrected()
    {
        byte[] damaged = [0x1A, 0x7F];
        await _shop.PostAsync([.. BinaryEvents.Beginning, (byte)damaged.Length, .. damaged], BinaryEvents.MediaType);
        await _shop.QuietAsync();
        var letter = Assert.Single((await Client.GetDeadLettersAsync(cancellationToken: Token)).DeadLetters);
        Assert.Equal(("malformed", "binary", "1a7f"), (letter.Reason, letter.Format, letter.Raw));
        Assert.Equal("rejected", (await Client.ReplayDeadLetterAsync(letter.Id, cancellationToken: Token))!.Outcome);
        Assert.Equal("appended", (await Client.ReplayDeadLetterAsync(letter.Id, EventLines.Write([Good]), Token))!.Outcome);
    }

    [Fact]
    public async Task A_cut_batch_is_answered_with_how_far_it_came_and_what_is_none_with_why()
    {
        var body = EventRecords.Write([Good, Good with { EventId = "e2" }]);
        var first = EventRecords.Write([Good]).Length;
        var cut = await _shop.PostAsync(body[..^1], BinaryEvents.MediaType);
        cut.AssertProblem(HttpStatusCode.BadRequest);
        Assert.Equal((1, first), (cut.Json.GetProperty("through").GetInt64(), cut.Json.GetProperty("offset").GetInt64()));
        Assert.Contains("a record is cut", cut.Text, StringComparison.Ordinal);

        body[4]++;
        Assert.Contains("reads 1 to 1", (await _shop.PostAsync(body, BinaryEvents.MediaType)).AssertProblem(HttpStatusCode.UnsupportedMediaType), StringComparison.Ordinal);
        Assert.Contains("does not begin", (await _shop.PostAsync("{}", BinaryEvents.MediaType)).AssertProblem(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        Assert.Contains("is empty", (await _shop.PostAsync("", BinaryEvents.MediaType)).AssertProblem(HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }
}
