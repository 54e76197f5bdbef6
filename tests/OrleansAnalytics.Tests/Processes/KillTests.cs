using OrleansAnalytics.Tests.Cluster;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Processes;

/// <summary>
/// The real program on a real data folder is killed again and again while it takes events over HTTP. The moments are chance; <c>ORLEANS_ANALYTICS_KILLS=17</c>
/// repeats those of one seed.
/// </summary>
public sealed class KillTests : IDisposable
{
    private const string Variable = "ORLEANS_ANALYTICS_KILLS";
    private const int Kills = 20;
    private const int LargestBatch = 120;
    private const int MostQuestions = 12;

    // There is always a checkpoint, a flush or a replay to be killed in.
    private static readonly string[] SmallSteps =
    [
        "--Log:Partitions", "4", "--Partitions:ChunkBytes", "8192", "--Partitions:CheckpointEvents", "150", "--Partitions:CheckpointEvery", "00:00:00.1",
        "--Journeys:MaxSessionsKept", "10000", "--Reports:CacheFor", "00:00:00",
    ];

    private readonly StorageFolder _folder = new();
    private readonly int _seed = Told.Seed(Variable);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Nothing_is_lost_and_nothing_counts_twice_although_the_node_is_killed_twenty_times()
    {
        try
        {
            await KillAndCompareAsync();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Failed with the kills of seed {_seed}; {Variable}={_seed} repeats them.", exception);
        }
    }

    private async Task KillAndCompareAsync()
    {
        var random = new Random(_seed);
        var shop = new GeneratedFile(events: 9_000, (ulong)_seed);
        var data = _folder.Next();
        var (acknowledged, unacknowledged) = (0, 0);

        // The first kill may come before the first event, the last after the last one.
        foreach (var until in Enumerable.Range(0, Kills).Select(_ => random.Next(shop.Rows + 1)).Order())
        {
            await using var node = ServedNode.Start(data, SmallSteps);
            acknowledged = await SendUntilAsync(node, shop, acknowledged, until, random);
            var rows = random.Next(1, LargestBatch);
            var underWay = SendAsync(node, shop, acknowledged, rows);
            for (var questions = random.Next(MostQuestions); questions > 0; questions--)
            {
                // An answer takes about as long as an append: sometimes the batch is in the log by then, and sometimes it is answered.
                await node.ServesAsync();
            }

            await node.KillAsync();
            if (await underWay)
            {
                acknowledged = Math.Min(shop.Rows, acknowledged + rows);
            }
            else
            {
                unacknowledged++;
            }
        }

        await using var last = ServedNode.Start(data, SmallSteps);
        await SendUntilAsync(last, shop, acknowledged, shop.Rows, random);
        await last.CaughtUpAsync();
        await AssertAllAsync(last, shop);
        Console.WriteLine($"kills {_seed}: {shop.Rows} events, {Kills} kills, {unacknowledged} of them before the answer to a batch: nothing lost, nothing twice");
    }

    /// <summary>Sends batch after batch until so many rows are acknowledged; answers how many are.</summary>
    private static async Task<int> SendUntilAsync(ServedNode node, GeneratedFile shop, int acknowledged, int until, Random random)
    {
        // Also without a row to send there is something to kill: a node that has begun to replay.
        await node.ServesAsync();
        while (acknowledged < until)
        {
            var rows = Math.Min(random.Next(1, LargestBatch), shop.Rows - acknowledged);
            Assert.True(await SendAsync(node, shop, acknowledged, rows), "a node that serves takes events");
            acknowledged += rows;
        }

        return acknowledged;
    }

    private static Task<bool> SendAsync(ServedNode node, GeneratedFile shop, int from, int rows) =>
        node.SendAsync([shop.Lines[0], .. shop.Lines.Skip(1 + from).Take(rows)], firstRecord: from + 1);

    private static async Task AssertAllAsync(ServedNode node, GeneratedFile shop)
    {
        var users = shop.Oracle.Journeys.Keys;
        var answers = await node.AnswersAsync(users);
        Answers.AssertEqual(Answers.WithoutRepeats(Answers.Of(shop.Oracle, users)), Answers.WithoutRepeats(answers));
        Assert.Equal(Answers.Ingested(answers, "received"), Answers.Ingested(answers, "accepted") + Answers.Ingested(answers, "duplicates"));
        foreach (var rows in shop.Oracle.Accepted.GroupBy(row => $"products/{row.Product}")
            .Concat(shop.Oracle.Accepted.Where(row => row.Category is not null).GroupBy(row => $"categories/{row.Category}"))
            .Concat(shop.Oracle.Accepted.Where(row => row.Brand is not null).GroupBy(row => $"brands/{row.Brand}")))
        {
            Assert.Equal((rows.Key, rows.Count()), (rows.Key, await node.EventsOfAsync(rows.Key)));
        }
    }
}
