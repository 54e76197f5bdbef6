using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Hosting;
using OrleansAnalytics.Redis;
using Xunit;

namespace OrleansAnalytics.Tests.Redis;

public sealed class RedisConnectionTests(RedisOfTheRun shared)
{
    private const string Secret = "hush-hush";

    [Fact]
    public async Task What_is_wrong_is_told_in_one_line_without_the_password()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var server = await shared.ServerAsync();
        (string Connection, string Expected)[] cases =
        [
            (server.ConnectionTo(password: Secret), "does not let us in"),
            (server.ConnectionTo(password: ""), "does not let us in"),
            (server.ConnectionTo(password: Secret, port: FreePort.Or(0)), "cannot be reached"),
            (server.ConnectionTo(password: Secret, port: ((IPEndPoint)silent.LocalEndpoint).Port), "cannot be reached"),
            (server.ConnectionTo(database: 100_000), "cannot be used: The database does not exist"),
        ];
        foreach (var (connection, expected) in cases)
        {
            await using var redis = new RedisConnection(new RedisOptions { ConnectionString = connection, ConnectTimeout = TimeSpan.FromSeconds(1), CommandTimeout = TimeSpan.FromSeconds(2) });
            var failure = await Assert.ThrowsAsync<RedisUnavailableException>(redis.WorriesAsync);
            Assert.StartsWith("Redis at 127.0.0.1:", failure.Message, StringComparison.Ordinal);
            Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, failure.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', failure.Message);
        }
    }

    [Fact]
    public async Task A_server_that_would_forget_is_warned_of_and_a_durable_one_is_not()
    {
        Assert.Empty(await WorriesAsync(await shared.NewDatabaseAsync()));
        await using var cache = await RedisServer.StartNewAsync("appendonly no", "maxmemory 100mb", "maxmemory-policy allkeys-lru");
        Assert.Collection(
            await WorriesAsync(cache.ConnectionTo()),
            worry => Assert.Contains("appendonly yes", worry, StringComparison.Ordinal),
            worry => Assert.Contains("maxmemory-policy noeviction", worry, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("aof_enabled:1\r\nmaxmemory:0\r\nmaxmemory_policy:allkeys-lru\r\n")]
    [InlineData("# Memory\r\nmaxmemory:100\r\nmaxmemory_policy:volatile-lru\r\n")]
    public void What_loses_nothing_is_not_warned_of(string info) => Assert.Empty(RedisWorries.In(info));

    [Fact]
    public void Options_that_are_wrong_are_refused_at_once() =>
        Assert.Equal(3, Assert.Throws<OptionsValidationException>(() => new RedisConnection(new RedisOptions { ConnectTimeout = TimeSpan.Zero, CommandTimeout = TimeSpan.MaxValue })).Failures.Count());

    private static async Task<IReadOnlyList<string>> WorriesAsync(string connection)
    {
        await using var redis = new RedisConnection(new RedisOptions { ConnectionString = connection });
        return await redis.WorriesAsync();
    }
}
