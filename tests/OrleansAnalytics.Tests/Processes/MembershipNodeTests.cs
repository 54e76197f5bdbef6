using System.Diagnostics;
using Orleans.Runtime;
using OrleansAnalytics.Hosting;
using OrleansAnalytics.Tests.Cluster;
using OrleansAnalytics.Tests.Events.Kafka;
using OrleansAnalytics.Tests.Partitions;
using OrleansAnalytics.Tests.PostgreSql;
using OrleansAnalytics.Tests.Redis;
using Xunit;

namespace OrleansAnalytics.Tests.Processes;

/// <summary>Silos as processes of their own find each other by a real PostgreSQL or a real Redis; their state is in PostgreSQL.</summary>
public sealed class MembershipNodeTests(PostgreSqlOfTheRun database, RedisOfTheRun redis) : IDisposable
{
    private const int Partitions = 4;
    private const string Secret = "wrong-secret";

    private static readonly string[] Settings =
    [
        "--log", "warning", "--Cluster:SharedData", "true", "--Journeys:MaxSessionsKept", "10000", "--Reports:CacheFor", "00:00:00", "--Partitions:CheckpointEvents", "300",
    ];

    private readonly StorageFolder _folder = new();
    private readonly KafkaLogs _logs = new(Partitions, brokers: 1);

    public void Dispose()
    {
        _logs.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("redis")]
    public async Task Two_silos_become_a_cluster_and_a_killed_one_is_out(string kind)
    {
        var shop = new GeneratedFile(events: 4_000, seed: 31);
        string[] settings = [.. await StateAsync(), "--Cluster:Kind", kind, "--Redis:ConnectionString", kind == "redis" ? await redis.NewDatabaseAsync() : ""];
        await using var tables = await ClusterTables.OpenAsync(settings);
        await using var one = Start(settings);
        await using var two = Start(settings);
        await Eventually.IsAsync(() => tables.CountAsync(SiloStatus.Active), active => active == 2, "two active silos");
        await one.ReadyAsync();
        await two.ReadyAsync();
        await Eventually.IsAsync(tables.RemindersAsync, reminders => reminders.Count >= Partitions, "a reminder for every partition");
        await SendAsync(two, shop, 0, shop.Rows / 2);

        await two.KillAsync();
        var killed = Stopwatch.GetTimestamp();
        await Eventually.IsAsync(() => tables.CountAsync(SiloStatus.Dead), dead => dead == 1, "the killed silo to be out");
        Console.WriteLine($"{kind}: a killed silo was out after {Stopwatch.GetElapsedTime(killed).TotalSeconds:N1} s");

        // Its partitions go on where there is a silo.
        await SendAsync(one, shop, shop.Rows / 2, shop.Rows - (shop.Rows / 2));
        await AnswersAsync(one, shop);
        Assert.Equal(1, await tables.CountAsync(SiloStatus.Active));
    }

    [Fact]
    public async Task While_redis_is_away_silos_go_on_and_members_and_reminders_survive_its_crash_and_theirs()
    {
        var shop = new GeneratedFile(events: 4_000, seed: 32);
        await using var server = await RedisServer.StartNewAsync();
        string[] settings = [.. await StateAsync(), "--Cluster:Kind", "redis", "--Redis:ConnectionString", server.NewDatabase(), "--Redis:CommandTimeout", "00:00:02"];
        var tables = await ClusterTables.OpenAsync(settings);
        IReadOnlyList<string> reminders;
        await using (tables)
        await using (var one = Start(settings))
        await using (var two = Start(settings))
        {
            await Eventually.IsAsync(() => tables.CountAsync(SiloStatus.Active), active => active == 2, "two active silos");
            await one.ReadyAsync();
            await two.ReadyAsync();
            reminders = await Eventually.IsAsync(tables.RemindersAsync, found => found.Count >= Partitions, "a reminder for every partition");

            await server.KillAsync();
            await SendAsync(one, shop, 0, shop.Rows / 2);
            await one.CaughtUpAsync();
            await server.StartAsync();
            await Eventually.IsAsync(tables.RemindersAsync, found => !reminders.Except(found).Any(), "the reminders of before");
            Assert.Equal(2, await tables.CountAsync(SiloStatus.Active));

            // Both are still members, and write again that they live.
            var before = (await MembersAsync()).ToDictionary(member => member.SiloAddress, member => member.IAmAliveTime);
            await Eventually.IsAsync(
                async () => (await MembersAsync()).Count(member => member.IAmAliveTime > before[member.SiloAddress]), alive => alive == 2, "two silos that say that they live");
            await Task.WhenAll(one.KillAsync(), two.KillAsync());

            async Task<IEnumerable<MembershipEntry>> MembersAsync() =>
                (await tables.Members.ReadAllAsync(TestContext.Current.CancellationToken)).Members.Select(member => member.Item1);
        }

        await using var again = Start(settings);
        await again.ReadyAsync();
        await using var after = await ClusterTables.OpenAsync(settings);
        Assert.Empty(reminders.Except(await after.RemindersAsync()));
        await SendAsync(again, shop, shop.Rows / 2, shop.Rows - (shop.Rows / 2));
        await AnswersAsync(again, shop);
    }

    [Fact]
    public async Task Without_redis_or_its_password_the_node_does_not_start_and_says_why()
    {
        var server = await redis.ServerAsync();
        var state = await StateAsync();
        (string Connection, string Expected)[] cases =
        [
            (server.ConnectionTo(password: Secret), "does not let us in"),
            (server.ConnectionTo(password: Secret, port: FreePort.Or(0)), "cannot be reached"),
            ($"127.0.0.1:6379,{Secret}=1", "Redis:ConnectionString cannot be read"),
        ];
        foreach (var (connection, expected) in cases)
        {
            string[] told = ["--data", _folder.Next(), "--urls", "http://127.0.0.1:0", .. Settings, .. state, "--Cluster:Kind", "redis", "--Redis:ConnectTimeout", "00:00:01", "--Redis:ConnectionString", connection];
            await using var node = await ChildProgram.SiloAsync(2, told);
            Assert.Contains(expected, node.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", node.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, node.Output + node.Errors, StringComparison.Ordinal);
        }
    }

    private static async Task SendAsync(ServedNode node, GeneratedFile shop, int from, int rows) =>
        Assert.True(await node.SendAsync([shop.Lines[0], .. shop.Lines.Skip(1 + from).Take(rows)], firstRecord: from + 1), "the log takes events");

    private static async Task AnswersAsync(ServedNode node, GeneratedFile shop)
    {
        await node.CaughtUpAsync();
        var users = shop.Oracle.Journeys.Keys;
        var expected = Answers.WithoutRepeats(Answers.Of(shop.Oracle, users));
        await Eventually.IsAsync(async () => Answers.Difference(expected, Answers.WithoutRepeats(await node.AnswersAsync(users))), difference => difference is null, "the oracle's answers");
    }

    private ServedNode Start(string[] settings) => ServedNode.Start(_folder.Next(), [.. Settings, .. settings]);

    private async Task<string[]> StateAsync() => [.. _logs.Settings, "--Storage:State", "postgres", "--PostgreSql:ConnectionString", (await database.NewShopAsync()).ConnectionString!];
}
