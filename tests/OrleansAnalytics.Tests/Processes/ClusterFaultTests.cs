using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Tests.AzureStorage;
using OrleansAnalytics.Tests.Cluster;
using OrleansAnalytics.Tests.PostgreSql;
using Xunit;

namespace OrleansAnalytics.Tests.Processes;

/// <summary>
/// Three silos as processes of their own under load: killed, frozen until they are voted out and then woken, cut off from the others, restarted one after the other. Which silo and
/// in which order is chance: <c>ORLEANS_ANALYTICS_CLUSTER_FAULTS=17</c> repeats the order of one seed, <c>ORLEANS_ANALYTICS_CLUSTER_ROUNDS=5</c> makes more rounds of it.
/// </summary>
public sealed class ClusterFaultTests(PostgreSqlOfTheRun database, SharedAzurite azurite)
{
    private const string SeedVariable = "ORLEANS_ANALYTICS_CLUSTER_FAULTS";
    private const string RoundsVariable = "ORLEANS_ANALYTICS_CLUSTER_ROUNDS";
    private const int Silos = 3;

    // There is always a checkpoint, a flush or a replay to be hit in.
    private static readonly string[] SmallSteps =
    [
        "--Partitions:ChunkBytes", "16384", "--Partitions:CheckpointEvents", "400", "--Partitions:CheckpointEvery", "00:00:00.2", "--Journeys:MaxSessionsKept", "10000", "--Reports:CacheFor", "00:00:00",
    ];

    private readonly int _seed = Told.Seed(SeedVariable);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_lost_and_nothing_counts_twice_whatever_happens_to_silos()
    {
        try
        {
            await FaultsAndCompareAsync();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Failed with the faults of seed {_seed}; {SeedVariable}={_seed} repeats them.", exception);
        }
    }

    private async Task FaultsAndCompareAsync()
    {
        var random = new Random(_seed);
        var rounds = Told.Number(RoundsVariable) ?? 1;
        var shop = new GeneratedFile(events: 100_000 * rounds, (ulong)_seed);
        await using var cluster = await ProcessCluster.StartAsync(Silos, database, azurite, partitions: 6, SmallSteps);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var load = new ClusterLoad(shop, () => cluster.Nodes);
        var sending = load.RunAsync(end.Token);
        try
        {
            (string Name, Func<ProcessCluster, int, Task> Do)[] faults = [("killed", KillAsync), ("frozen", FreezeAsync), ("cut off", CutOffAsync), ("restarted in turn", RollAsync)];
            for (var round = 0; round < rounds; round++)
            {
                random.Shuffle(faults);
                foreach (var (name, fault) in faults)
                {
                    var silo = random.Next(Silos);
                    var started = Stopwatch.GetTimestamp();
                    await fault(cluster, silo);
                    await cluster.ReadyAsync();
                    Console.WriteLine($"cluster {_seed}: {name}, all ready again after {Stopwatch.GetElapsedTime(started).TotalSeconds:N1} s");
                }
            }

            load.Hurry();
            await sending;
        }
        finally
        {
            await end.CancelAsync();
        }

        var quiet = Stopwatch.GetTimestamp();
        await cluster[0].CaughtUpAsync();
        Console.WriteLine($"cluster {_seed}: {shop.Rows} events, {load.Repeats} tries not acknowledged, caught up {Stopwatch.GetElapsedTime(quiet).TotalSeconds:N1} s after the last one");
        try
        {
            await AssertAnswersAsync(cluster, shop);
        }
        catch (TimeoutException exception)
        {
            throw new InvalidOperationException(await DiagnoseAsync(cluster, shop), exception);
        }
    }

    /// <summary>Where the difference is: between producer and log, or between log and answers.</summary>
    private static async Task<string> DiagnoseAsync(ProcessCluster cluster, GeneratedFile shop)
    {
        var text = new System.Text.StringBuilder();
        var log = await cluster.LogAsync();
        var status = await cluster[0].StatusAsync();
        for (var partition = 0; partition < log.Count; partition++)
        {
            var entries = log[partition];
            var ids = entries.Where(entry => entry.Event is not null).Select(entry => entry.Event!.Id).ToHashSet();
            text.Append(CultureInfo.InvariantCulture, $"partition {partition}: log has {entries.Count} entries, {ids.Count} events; status {status.GetProperty("partitions")[partition].GetRawText()}\n");
        }

        var ofLog = log.SelectMany(entries => entries).Where(entry => entry.Event is not null).DistinctBy(entry => entry.Event!.Id).GroupBy(entry => entry.Event!.UserId).ToDictionary(g => g.Key, g => g.Count());
        var ofShop = shop.Oracle.Accepted.GroupBy(row => row.User).ToDictionary(g => g.Key, g => g.Count());
        foreach (var (user, events) in ofShop)
        {
            if (ofLog.GetValueOrDefault(user) != events)
            {
                text.Append(CultureInfo.InvariantCulture, $"user {user}: sent {events}, log {ofLog.GetValueOrDefault(user)}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>Each silo gives the oracle's answers, and so does the lake.</summary>
    private static async Task AssertAnswersAsync(ProcessCluster cluster, GeneratedFile shop)
    {
        var users = shop.Oracle.Journeys.Keys.Take(400).ToList();
        var expected = Answers.WithoutRepeats(Answers.Of(shop.Oracle, users));
        foreach (var node in cluster.Nodes)
        {
            // A partition that came up anew just now answers as of where its replay is.
            await Eventually.IsAsync(
                async () => Answers.Difference(expected, Answers.WithoutRepeats(await node.AnswersAsync(users))), difference => difference is null, "the oracle's answers");
        }

        var asked = cluster[0].Http;
        using var written = await asked.PostAsync("/v1/lake/write", content: null, Token);
        Assert.True(written.StatusCode == HttpStatusCode.OK, await written.Content.ReadAsStringAsync(Token));
        var lake = new JsonObject { [ReportNames.Ingest] = new JsonObject() };
        var live = new JsonObject { [ReportNames.Ingest] = new JsonObject() };
        foreach (var report in ReportNames.All.Where(name => name != ReportNames.Ingest))
        {
            live[report] = expected[report]!.DeepClone();
            lake[report] = JsonNode.Parse(await asked.GetStringAsync($"/v1/reports/{report}?from=lake", Token));
        }

        Answers.AssertEqual(live, lake);
    }

    /// <summary>SIGKILL; another comes at once, as an orchestrator would start it.</summary>
    private static async Task KillAsync(ProcessCluster cluster, int silo)
    {
        cluster[silo].Program.Kill();
        await cluster.EndedAsync(silo, exitCode: null);
        cluster.Start(silo);
    }

    /// <summary>Not dead, only slow: it comes back after others took its work over, and must see that.</summary>
    private static async Task FreezeAsync(ProcessCluster cluster, int silo)
    {
        cluster[silo].Program.Freeze();
        await cluster.VotedOutAsync(silo);
        cluster[silo].Program.Thaw();
        await cluster.EndedAsync(silo, exitCode: null);
        cluster.Start(silo);
    }

    /// <summary>Log and database still reach it, the other silos do not.</summary>
    private static async Task CutOffAsync(ProcessCluster cluster, int silo)
    {
        cluster.Network.CutOff(cluster[silo].Program.Id);
        await cluster.VotedOutAsync(silo);
        await cluster.EndedAsync(silo, exitCode: null);
        cluster.Network.Join();
        cluster.Start(silo);
    }

    /// <summary>As an upgrade does it: each leaves by itself, and the next one only when all are there again.</summary>
    private static async Task RollAsync(ProcessCluster cluster, int first)
    {
        for (var turn = 0; turn < Silos; turn++)
        {
            var silo = (first + turn) % Silos;
            cluster[silo].Program.Terminate();
            var leaving = Stopwatch.GetTimestamp();
            await cluster.EndedAsync(silo, exitCode: 0);
            Console.WriteLine($"silo {silo} left in {Stopwatch.GetElapsedTime(leaving).TotalSeconds:N1} s");
            cluster.Start(silo, "--Partitions:CheckpointEvents", "300");
            await cluster.ReadyAsync();
        }
    }
}
