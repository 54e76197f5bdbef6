using Npgsql;
using OrleansAnalytics.Hosting;
using OrleansAnalytics.Tests.Cluster;
using OrleansAnalytics.Tests.Partitions;
using OrleansAnalytics.Tests.PostgreSql;
using Xunit;

namespace OrleansAnalytics.Tests.Processes;

/// <summary>The real program with its state in a real PostgreSQL.</summary>
public sealed class PostgreSqlNodeTests(PostgreSqlOfTheRun shared) : IDisposable
{
    private static readonly string[] SmallSteps = ["--Log:Partitions", "4", "--Partitions:CheckpointEvents", "300", "--Partitions:CheckpointEvery", "00:00:00.2", "--Reports:CacheFor", "00:00:00"];

    private readonly StorageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_database_restarts_and_the_node_is_killed_and_every_event_counts_once()
    {
        await using var server = await PostgreSqlOfTheRun.OwnServerAsync();
        var shop = new GeneratedFile(events: 6_000, seed: 22);
        var data = _folder.Next();
        string[] options = [.. SmallSteps, "--Journeys:MaxSessionsKept", "10000", .. await StateAsync(await server.NewDatabaseAsync())];
        var third = shop.Rows / 3;
        await using (var node = ServedNode.Start(data, options))
        {
            await node.ServesAsync();
            await SendAsync(node, shop, 0, third);
            await server.StopAsync();

            // The log is the node's own: events are taken while the state is away.
            await SendAsync(node, shop, third, third);
            await server.StartAsync();
            await node.CaughtUpAsync();
            await server.KillAsync();
            await server.StartAsync();
            await SendAsync(node, shop, 2 * third, shop.Rows - (2 * third));
            await node.KillAsync();
        }

        await using var again = ServedNode.Start(data, options);
        await again.ServesAsync();
        await again.CaughtUpAsync();
        var users = shop.Oracle.Journeys.Keys;
        Answers.AssertEqual(Answers.WithoutRepeats(Answers.Of(shop.Oracle, users)), Answers.WithoutRepeats(await again.AnswersAsync(users)));
    }

    [Fact]
    public async Task Without_database_tables_or_password_the_node_does_not_start_and_says_why()
    {
        var server = await shared.ServerAsync();
        var empty = await server.NewDatabaseAsync();
        (string Connection, string Expected)[] cases =
        [
            (empty, "has no tables of ours"),
            (new NpgsqlConnectionStringBuilder(empty) { Password = "wrong-secret" }.ConnectionString, "does not let us in"),
            (new NpgsqlConnectionStringBuilder(empty) { Port = FreePort.Or(0) }.ConnectionString, "cannot be reached"),
        ];
        foreach (var (connection, expected) in cases)
        {
            await using var node = await ChildProgram.SiloAsync(2, ["--data", _folder.Next(), "--urls", "http://127.0.0.1:0", "--PostgreSql:RetryFor", "00:00:00.5", .. State(connection)]);
            Assert.Contains(expected, node.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", node.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("wrong-secret", node.Output + node.Errors, StringComparison.Ordinal);
        }
    }

    private static async Task<string[]> StateAsync(string connection)
    {
        await using var applied = await ChildProgram.SiloAsync(0, "schema", "--postgres", connection);
        return State(connection);
    }

    private static string[] State(string connection) => ["--Storage:State", "postgres", "--PostgreSql:ConnectionString", connection];

    private static async Task SendAsync(ServedNode node, GeneratedFile shop, int from, int rows) =>
        Assert.True(await node.SendAsync([shop.Lines[0], .. shop.Lines.Skip(1 + from).Take(rows)], firstRecord: from + 1), "the log takes events");
}
