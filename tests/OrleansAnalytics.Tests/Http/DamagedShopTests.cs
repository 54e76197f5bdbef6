using System.Net;
using System.Text;
using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Http;

/// <summary>The real node over a data folder that was damaged while it was down.</summary>
public sealed class DamagedShopTests
{
    private const string Header = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n";

    [Fact]
    public async Task A_damaged_entity_says_so_its_events_are_reported_and_everyone_else_goes_on()
    {
        await using var shop = new ServedShop();
        await shop.InitializeAsync();
        await SendAsync(shop, "whole", 3);
        await SendAsync(shop, "broken", 3);
        await shop.RestartAsync(data => Damage(data, RocksDbStateStore.Entities, Encoding.UTF8.GetBytes("user/broken\0entity")));

        var problem = (await shop.GetAsync("/v1/users/broken/journey")).AssertProblem(HttpStatusCode.InternalServerError);
        Assert.Contains("the stored state of user/broken cannot be read", problem, StringComparison.Ordinal);
        Assert.Equal(3, await EventsAsync(shop, "/v1/users/whole/journey"));

        await SendAsync(shop, "broken", 2, first: 10);
        await SendAsync(shop, "whole", 2, first: 10);
        Assert.Equal(5, await EventsAsync(shop, "/v1/users/whole/journey"));
        Assert.Equal(10, (await shop.GetAsync("/v1/products/p1")).Json.GetProperty("activity").GetProperty("events").GetInt64());
        (await shop.GetAsync("/v1/users/broken/journey")).AssertProblem(HttpStatusCode.InternalServerError);
        var letters = (await shop.GetAsync("/v1/dead-letters?reason=damaged")).Json.GetProperty("deadLetters").EnumerateArray().ToList();
        Assert.Equal(["user/broken", "user/broken"], letters.Select(letter => letter.GetProperty("entity").GetString()));
        Assert.Contains("2019-10-01", EventTimeOf(letters[0].GetProperty("raw").GetString()!), StringComparison.Ordinal);
        Assert.Contains("broken", (await shop.GetAsync("/v1/status")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_checkpoint_stops_its_partition_and_the_others_go_on()
    {
        await using var shop = new ServedShop();
        await shop.InitializeAsync();
        await SendAsync(shop, "u1", 3);
        var partition = PartitionOf(shop, "u1");
        var other = Enumerable.Range(2, 100).Select(number => $"u{number}").First(user => PartitionOf(shop, user) != partition);
        await shop.RestartAsync(data => Damage(data, RocksDbStateStore.Checkpoints, [0, 0, 0, (byte)partition, 0]));

        await shop.PostAsync(Header + Rows(other, 4, 1) + Rows("u1", 1, 50), "text/csv");
        await Eventually.IsAsync(() => EventsAsync(shop, $"/v1/users/{other}/journey"), events => events == 4, "the events of a user in another partition");
        Assert.Equal(3, await EventsAsync(shop, "/v1/users/u1/journey"));
        Assert.Contains($"the checkpoint of partition {partition} cannot be read", (await shop.GetAsync("/health/ready")).AssertProblem(HttpStatusCode.ServiceUnavailable), StringComparison.Ordinal);
        Assert.Contains($"partition {partition} is recovering", (await shop.GetAsync("/v1/reports/totals")).AssertProblem(HttpStatusCode.ServiceUnavailable), StringComparison.Ordinal);

        // What the message advises: everything, what came in between too, is computed again.
        await shop.RestartAsync(data => Directory.Delete(Path.Combine(data, "state"), recursive: true));
        await shop.QuietAsync();
        Assert.Equal(4, await EventsAsync(shop, "/v1/users/u1/journey"));
        Assert.Equal(4, await EventsAsync(shop, $"/v1/users/{other}/journey"));
        Assert.Equal(8, (await shop.FreshReportAsync("ingest")).Json.GetProperty("accepted").GetInt64());
    }

    private static int PartitionOf(ServedShop shop, string user) => PartitionRouter.PartitionOf(user, 8);

    private static string EventTimeOf(string raw) =>
        DateTimeOffset.FromUnixTimeMilliseconds(System.Text.Json.JsonDocument.Parse(raw).RootElement.GetProperty("TimeMs").GetInt64()).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    private static async Task SendAsync(ServedShop shop, string user, int events, int first = 1)
    {
        var answer = await shop.PostAsync(Header + Rows(user, events, first), "text/csv");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        await shop.QuietAsync();
    }

    private static string Rows(string user, int events, int first) =>
        string.Concat(Enumerable.Range(first, events).Select(number => $"2019-10-01 00:00:{number:00} UTC,view,p1,c1,a.b,brand,1.50,{user},s\n"));

    private static async Task<long> EventsAsync(ServedShop shop, string path)
    {
        var answer = await shop.GetAsync(path);
        return answer.Status == HttpStatusCode.NotFound ? 0 : answer.Json.GetProperty("events").GetInt64();
    }

    private static void Damage(string data, string column, byte[] key)
    {
        using var store = new RocksDbStateStore(Path.Combine(data, "state"), new StateStoreOptions());
        using var lease = store.Enter();
        var family = lease.Db.GetColumnFamily(column);
        var record = lease.Db.Get(key, family);
        Assert.NotNull(record);
        record[^1] ^= 0x10;
        record[0] ^= 0x40;
        lease.Db.Put(key, record, family);
    }
}
