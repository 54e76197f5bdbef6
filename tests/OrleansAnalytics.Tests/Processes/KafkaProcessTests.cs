using System.Text;
using System.Text.Json.Nodes;
using OrleansAnalytics.Tests.Cluster;
using OrleansAnalytics.Tests.Events.Kafka;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Processes;

/// <summary>The real program with its log in brokers that live in this process, over real sockets.</summary>
public sealed class KafkaProcessTests : IDisposable
{
    private const int Kills = 4;
    private const int RowsOfABatch = 200;

    private static readonly string[] SmallSteps =
    [
        "--Partitions:CheckpointEvents", "150", "--Partitions:CheckpointEvery", "00:00:00.1", "--Journeys:MaxSessionsKept", "10000", "--Reports:CacheFor", "00:00:00",
        "--Log:Kafka:AppendTimeout", "00:00:05", "--Log:Kafka:RequestTimeout", "00:00:02",
    ];

    private readonly StorageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("rees46-2019-10-01")]
    [InlineData("mangled-ids")]
    public async Task A_sample_gives_the_golden_answers(string sample)
    {
        using var logs = new KafkaLogs(partitions: 8);
        var golden = Answers.Golden(sample);
        await using var node = ServedNode.Start(_folder.Next(), [.. logs.Settings, .. SmallSteps]);
        await node.ServesAsync();
        Assert.True(await node.SendAsync(await File.ReadAllBytesAsync(SharedData.Path($"{sample}.csv"), TestContext.Current.CancellationToken), firstRecord: 1));
        await node.CaughtUpAsync();
        Answers.AssertEqual(golden, await node.AnswersAsync(Answers.Users(golden)));
    }

    [Fact]
    public async Task A_node_that_is_killed_goes_on_where_it_was_and_one_without_its_state_begins_again_although_brokers_fail()
    {
        using var logs = new KafkaLogs(partitions: 4);
        var shop = new GeneratedFile(events: 4_000, seed: 11);
        var users = shop.Oracle.Journeys.Keys.Take(50).ToList();
        var expected = Answers.WithoutRepeats(Answers.Of(shop.Oracle, users));
        var data = _folder.Next();
        var sent = 0;
        for (var kill = 0; kill < Kills; kill++)
        {
            await using var node = ServedNode.Start(data, [.. logs.Settings, .. SmallSteps]);
            await node.ServesAsync();
            for (var until = shop.Rows * (kill + 1) / (Kills + 1); sent < until; sent += RowsOfABatch)
            {
                await SendAsync(node, shop, sent);
            }

            // The batch after the last one may be in the log or not: it is sent again.
            var underWay = node.SendAsync(Rows(shop, sent), firstRecord: sent + 1);
            logs.Cluster.Down(1 + (kill % 3));
            await node.KillAsync();
            await underWay;
            logs.Cluster.AllUp();
        }

        await using (var node = ServedNode.Start(data, [.. logs.Settings, .. SmallSteps]))
        {
            await node.ServesAsync();
            for (; sent < shop.Rows; sent += RowsOfABatch)
            {
                await SendAsync(node, shop, sent);
            }

            await node.CaughtUpAsync();
            Answers.AssertEqual(expected, Answers.WithoutRepeats(await node.AnswersAsync(users)));
            await node.KillAsync();
        }

        await using var fresh = ServedNode.Start(_folder.Next(), [.. logs.Settings, .. SmallSteps]);
        await fresh.ServesAsync();
        await fresh.CaughtUpAsync();
        Answers.AssertEqual(expected, Answers.WithoutRepeats(await fresh.AnswersAsync(users)));
    }

    [Fact]
    public async Task A_topic_that_does_not_fit_ends_the_program_with_two_and_one_line()
    {
        using var logs = new KafkaLogs(partitions: 4, brokers: 1);
        var program = await ChildProgram.SiloAsync(2, ["--data", _folder.Next(), "--urls", "http://127.0.0.1:0", .. logs.Settings, "--Log:Partitions", "5"]);
        Assert.Contains("has 4 partitions and Log:Partitions is 5", Assert.Single(program.Errors.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Positions_that_retention_removed_are_a_dead_letter_and_the_rest_is_served()
    {
        using var logs = new KafkaLogs(partitions: 1);
        var shop = new GeneratedFile(events: 900, seed: 3);
        var data = _folder.Next();
        await using (var node = ServedNode.Start(data, [.. logs.Settings, .. SmallSteps]))
        {
            await node.ServesAsync();
            await SendAsync(node, shop, 0);
            await node.CaughtUpAsync();
            await Eventually.TrueAsync(
                async () => (await node.StatusAsync()).GetProperty("partitions")[0].GetProperty("replayFrom").GetInt64() == 1 << 20, "the first batch to be saved");
            await node.KillAsync();
        }

        var log = logs.Open();
        await log.AppendAsync(0, ShopBatch.Of("lost", 5).Batch, TestContext.Current.CancellationToken);
        await log.AppendAsync(0, ShopBatch.Of("kept", 7).Batch, TestContext.Current.CancellationToken);
        logs.Cluster.Remove(KafkaLogs.Topic, 0, before: 2);

        await using var again = ServedNode.Start(data, [.. logs.Settings, .. SmallSteps]);
        await again.ServesAsync();
        var status = await again.CaughtUpAsync();
        Assert.Contains("positions 1048577 to 2097152 were acknowledged and are no longer in the log", status.GetRawText(), StringComparison.Ordinal);
        var letters = await again.Http.GetStringAsync("/v1/dead-letters?reason=damaged", TestContext.Current.CancellationToken);
        Assert.Contains("positions 1048577 to 2097152 were acknowledged and are no longer in the log", letters, StringComparison.Ordinal);
        Assert.Equal(RowsOfABatch + 7, status.GetProperty("totals").GetProperty("received").GetInt64());
    }

    private static ReadOnlyMemory<byte> Rows(GeneratedFile shop, int from) =>
        Encoding.UTF8.GetBytes(string.Join('\n', [shop.Lines[0], .. shop.Lines.Skip(1 + from).Take(RowsOfABatch)]));

    private static Task SendAsync(ServedNode node, GeneratedFile shop, int from) =>
        Eventually.TrueAsync(() => node.SendAsync(Rows(shop, from), firstRecord: from + 1), "a batch to be acknowledged");
}
