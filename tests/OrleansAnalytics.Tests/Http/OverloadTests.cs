using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OrleansAnalytics.Client;
using OrleansAnalytics.Events;
using Xunit;

namespace OrleansAnalytics.Tests.Http;

public sealed class OverloadTests(OverloadTests.NarrowShop shop) : IClassFixture<OverloadTests.NarrowShop>
{
    private const int MaxRequests = 4;
    private const int MaxQueued = 6;
    private const long MaxHeldBytes = MaxRequests * 65_536;
    private const int MaxBodyBytes = 16 << 20;
    private const string Header = "event_time,event_type,product_id,price,user_id\n";
    private static readonly DateTimeOffset Noon = new(2022, 10, 1, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task When_enough_requests_wait_the_next_is_refused_unread_and_those_that_wait_are_answered()
    {
        var before = await DoorAsync();
        shop.Log.Block();
        var waiting = Enumerable.Range(0, MaxRequests + MaxQueued).Select(number => shop.PostAsync(Header + Row("queue", number), "text/csv")).ToList();
        await DoorIsAsync(door => Number(door, "requests") == MaxRequests && Number(door, "waiting") == MaxQueued, "the door to be full");

        // Not a byte of the body is sent, so whoever waited for it would never answer.
        var refused = await HeadersOnlyAsync($"POST /v1/events HTTP/1.1\r\nHost: shop\r\nContent-Type: text/csv\r\nContent-Length: 1000000\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 429 ", refused, StringComparison.Ordinal);
        Assert.Contains("Retry-After: 1\r\n", refused, StringComparison.Ordinal);
        var door = await DoorAsync();
        Assert.Equal(Refused(before, "too_many_requests") + 1, Refused(door, "too_many_requests"));

        shop.Log.Unblock();
        Assert.All(await Task.WhenAll(waiting), answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        await AssertEventsAsync("queue", MaxRequests + MaxQueued);
        await DoorIsAsync(Idle, "the door to be empty");
    }

    [Fact]
    public async Task Ten_times_as_many_producers_as_fit_are_all_counted_once_within_the_bytes_that_may_be_held()
    {
        const int Producers = 10 * (MaxRequests + MaxQueued);
        const int EventsEach = 300;
        var before = await DoorAsync();
        var accepted = Total(await shop.QuietAsync(), "accepted");
        shop.Log.Block();
        using var client = Producer();
        var sending = Enumerable.Range(0, Producers).Select(number => client.SendAsync(Events($"crowd-{number}", EventsEach), Token)).ToList();
        await DoorIsAsync(
            door => Number(door, "requests") == MaxRequests && Number(door, "waiting") == MaxQueued && Refused(door, "too_many_requests") >= Refused(before, "too_many_requests") + Producers - MaxRequests - MaxQueued,
            "the others to be refused");

        shop.Log.Unblock();
        Assert.All(await Task.WhenAll(sending), sent => Assert.Equal((EventsEach, EventsEach), (sent.Received, sent.Appended)));
        var status = await shop.QuietAsync();
        Assert.Equal(accepted + (Producers * EventsEach), Total(status, "accepted"));
        Assert.InRange(Number(status.GetProperty("door"), "mostHeldBytes"), 1, MaxHeldBytes);
        await DoorIsAsync(Idle, "the door to be empty");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task While_the_log_is_down_producers_try_again_with_the_same_ids(bool isForgetful)
    {
        const int Events = 50;
        var user = $"down-{isForgetful}";
        var before = await shop.QuietAsync();
        (shop.Log.IsDown, shop.Log.IsForgetful) = (true, isForgetful);
        using var client = Producer();
        var sending = client.SendAsync(OverloadTests.Events(user, Events), Token);
        await DoorIsAsync(door => Refused(door, "log_unavailable") > Refused(before.GetProperty("door"), "log_unavailable"), "a refusal");

        var direct = await shop.PostAsync(Header + Row("direct", 1), "text/csv");
        direct.AssertProblem(HttpStatusCode.ServiceUnavailable);
        Assert.Equal("1", direct.Headers["Retry-After"]);
        Assert.Equal(0, direct.Json.GetProperty("through").GetInt64());

        shop.Log.IsDown = false;
        Assert.Equal(Events, (await sending).Appended);
        await AssertEventsAsync(user, Events);
        var duplicates = Total(await shop.QuietAsync(), "duplicates") - Total(before, "duplicates");
        Assert.True(isForgetful ? duplicates >= Events : duplicates == 0, $"{duplicates} duplicates");
    }

    [Fact]
    public async Task A_huge_upload_waits_inside_and_holds_no_more_than_its_room()
    {
        const int Rows = 200_000;
        var accepted = Total(await shop.QuietAsync(), "accepted");
        shop.Log.Block();
        using var content = new RowsContent("huge", Rows);
        var uploading = shop.Http.PostAsync(new Uri(shop.Address, "/v1/events?source=huge.csv"), content, Token);
        await DoorIsAsync(door => Number(door, "heldBytes") == MaxHeldBytes, "the upload to fill its room");
        Assert.False(uploading.IsCompleted);

        shop.Log.Unblock();
        using var response = await uploading;
        var answer = await HttpAnswer.OfAsync(response);
        Assert.Equal((HttpStatusCode.OK, Rows), (answer.Status, answer.Json.GetProperty("appended").GetInt32()));
        var status = await shop.QuietAsync();
        Assert.Equal(accepted + Rows, Total(status, "accepted"));
        Assert.Equal(MaxHeldBytes, Number(status.GetProperty("door"), "mostHeldBytes"));
    }

    [Fact]
    public async Task A_body_that_says_it_is_too_large_is_refused_unread()
    {
        var answer = await HeadersOnlyAsync($"POST /v1/events HTTP/1.1\r\nHost: shop\r\nContent-Type: text/csv\r\nContent-Length: {MaxBodyBytes + 1}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_turns_out_too_large_is_answered_with_how_far_it_is_appended()
    {
        const int Rows = MaxBodyBytes / 30;
        var before = await shop.QuietAsync();
        using var content = new RowsContent("large", Rows);
        using var response = await shop.Http.PostAsync(new Uri(shop.Address, "/v1/events"), content, Token);
        var answer = await HttpAnswer.OfAsync(response);
        Assert.Contains("at most 16777216 bytes", answer.AssertProblem(HttpStatusCode.RequestEntityTooLarge), StringComparison.Ordinal);
        var through = answer.Json.GetProperty("through").GetInt64();
        Assert.Equal(through, answer.Json.GetProperty("appended").GetInt64());
        Assert.InRange(through, 1, Rows - 1);
        var status = await shop.QuietAsync();
        Assert.Equal(through, Total(status, "received") - Total(before, "received"));
        Assert.Equal(Refused(before.GetProperty("door"), "body_too_large") + 1, Refused(status.GetProperty("door"), "body_too_large"));
    }

    private AnalyticsClient Producer() => new(new AnalyticsClientOptions
    {
        BaseAddress = shop.Address,
        MaxRetries = 1_000,
        BackoffBase = TimeSpan.FromMilliseconds(10),
        BackoffMax = TimeSpan.FromMilliseconds(50),
    });

    private static IEnumerable<ShopEventInput> Events(string user, int count) => Enumerable.Range(0, count).Select(number => new ShopEventInput
    {
        EventTime = Noon.AddSeconds(number),
        Kind = EventKind.View,
        UserId = user,
        ProductId = "p1",
    });

    private static string Row(string user, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{Noon.AddSeconds(number).UtcDateTime:yyyy-MM-dd HH:mm:ss},view,p1,1.5,{user}\n");

    private static long Number(JsonElement door, string name) => door.GetProperty(name).GetInt64();

    private static long Refused(JsonElement door, string reason) => Number(door.GetProperty("refused"), reason);

    private static long Total(JsonElement status, string name) => Number(status.GetProperty("totals"), name);

    private static bool Idle(JsonElement door) => Number(door, "requests") == 0 && Number(door, "waiting") == 0 && Number(door, "heldBytes") == 0;

    private async Task<JsonElement> DoorAsync() => (await shop.GetAsync("/v1/status")).Json.GetProperty("door");

    private Task<JsonElement> DoorIsAsync(Predicate<JsonElement> good, string waitedFor) => Eventually.IsAsync(DoorAsync, good, waitedFor);

    private async Task AssertEventsAsync(string user, int events)
    {
        await shop.QuietAsync();
        Assert.Equal(events, (await shop.GetAsync($"/v1/users/{user}/journey")).Json.GetProperty("events").GetInt64());
    }

    private async Task<string> HeadersOnlyAsync(string request)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(shop.Address.Host, shop.Address.Port, Token);
        var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Token);
        var answer = new byte[4096];
        var length = await stream.ReadAtLeastAsync(answer, 32, throwOnEndOfStream: false, Token);
        return Encoding.ASCII.GetString(answer, 0, length);
    }

    /// <summary>A CSV body of unknown length, made while it is sent.</summary>
    private sealed class RowsContent : HttpContent
    {
        private readonly string _users;
        private readonly int _rows;

        public RowsContent(string users, int rows)
        {
            (_users, _rows) = (users, rows);
            Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Header), Token);
            for (var row = 0; row < _rows; row += 1000)
            {
                var rows = string.Concat(Enumerable.Range(row, Math.Min(1000, _rows - row)).Select(number => Row($"{_users}-{number % 500}", number)));
                await stream.WriteAsync(Encoding.ASCII.GetBytes(rows), Token);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    /// <summary>A node with a narrow door and a log that can be blocked.</summary>
    public sealed class NarrowShop : ServedShop
    {
        private BlockableLog? _log;

        public BlockableLog Log => _log!;

        protected override IReadOnlyList<string> Configuration =>
        [
            "--Ingest:MaxRequests", $"{MaxRequests}", "--Ingest:MaxQueuedRequests", $"{MaxQueued}", "--Ingest:MaxPendingBytes", $"{MaxHeldBytes}",
            "--Ingest:MaxBodyBytes", $"{MaxBodyBytes}", "--Ingest:RetryAfter", "00:00:01",
        ];

        protected override void Change(IServiceCollection services) =>
            services.AddSingleton<IEventLog>(provider => _log = new BlockableLog(provider.GetRequiredService<RocksDbEventLog>()));
    }
}
