using OrleansAnalytics.Tests.Cluster;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Processes;

/// <summary>The real node, killed while it takes events and writes its lake, against the real <c>reconcile</c>; <c>ORLEANS_ANALYTICS_KILLS</c> repeats a seed.</summary>
public sealed class ReconcileTests : IDisposable
{
    private const string Variable = "ORLEANS_ANALYTICS_KILLS";
    private const int Kills = 6;

    // There is always a file or a manifest of the lake, a checkpoint or a compaction to be killed in.
    private static readonly string[] SmallSteps =
    [
        "--Log:Partitions", "4", "--Partitions:ChunkBytes", "8192", "--Partitions:CheckpointEvents", "150", "--Partitions:CheckpointEvery", "00:00:00.1", "--Reports:CacheFor", "00:00:00",
        "--Lake:WriteEvery", "00:00:00.2", "--Lake:WriteEvents", "200", "--Lake:MaxWriters", "4", "--Lake:Compaction:Every", "00:00:00.5", "--Lake:Compaction:MaxFiles", "3",
    ];

    private readonly StorageFolder _folder = new();
    private readonly int _seed = Told.Seed(Variable);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task After_kills_the_live_side_and_the_lake_agree_in_every_report()
    {
        try
        {
            await KillAndReconcileAsync();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Failed with the kills of seed {_seed}; {Variable}={_seed} repeats them.", exception);
        }
    }

    private async Task KillAndReconcileAsync()
    {
        var random = new Random(_seed);
        var shop = new GeneratedFile(events: 6_000, (ulong)_seed);
        var data = _folder.Next();
        var sent = 0;
        foreach (var until in Enumerable.Range(1, Kills).Select(kill => shop.Rows * kill / (Kills + 1)))
        {
            await using var node = ServedNode.Start(data, SmallSteps);
            await node.ReadyAsync();
            while (sent < until)
            {
                sent += await SendAsync(node, shop, sent, random.Next(1, 200));
            }

            // The end finds a batch under way, whose fate nobody knows: it is sent again.
            var underWay = SendAsync(node, shop, sent, random.Next(1, 200));
            for (var questions = random.Next(8); questions > 0; questions--)
            {
                await node.ServesAsync();
            }

            await node.KillAsync();
            await underWay;
        }

        await using var last = ServedNode.Start(data, SmallSteps);
        await last.ReadyAsync();
        Assert.Equal(shop.Rows - sent, await SendAsync(last, shop, sent, shop.Rows - sent));
        await last.CaughtUpAsync();
        var reconciled = await ChildProgram.ClientAsync(0, "reconcile", "--url", last.Http.BaseAddress!.ToString());
        Assert.Contains("The live side and the lake agree.", reconciled.Output, StringComparison.Ordinal);
        var status = await last.StatusAsync();
        Assert.Equal(shop.Oracle.Accepted.Count, status.GetProperty("totals").GetProperty("accepted").GetInt64());
    }

    /// <summary>Sends so many rows; answers how many are acknowledged.</summary>
    private static async Task<int> SendAsync(ServedNode node, GeneratedFile shop, int from, int rows) =>
        await node.SendAsync([shop.Lines[0], .. shop.Lines.Skip(1 + from).Take(rows)], firstRecord: from + 1) ? Math.Min(rows, shop.Rows - from) : 0;
}
