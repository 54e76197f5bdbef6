using System.Globalization;
using OrleansAnalytics.Generator;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Tests.Oracle;
using Xunit;

namespace OrleansAnalytics.Tests.Cluster;

/// <summary>A small shop with few, busy users, removals, repeats and broken rows; its producers; and what the oracle says about it.</summary>
internal sealed class StormShop
{
    private const int Events = 1_800;
    private const int Users = 90;
    private const int BrokenEvery = 60;
    private const int ProducerCount = 3;
    private const int UserColumn = 7;

    public StormShop(int seed)
    {
        var options = new GeneratorOptions { Events = Events, Users = Users, Days = 2, Seed = (ulong)seed, Removals = true };
        using var reader = new StreamReader(new ShopGenerator(options).OpenCsv());
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] rows = [.. lines.Skip(1).SelectMany((row, index) => index % BrokenEvery == 0 ? new[] { row, $"broken row {index}" } : [row])];
        Oracle = BatchOracle.FromLines([lines[0], .. rows]);
        Rows = rows.Length;

        // All rows of a user go one way, so that they arrive in their order; repeats may arrive whenever they like.
        var shares = rows.Select((row, index) => (Row: row, Producer: ProducerOf(row, index))).ToLookup(one => one.Producer, one => one.Row);
        Producers = [.. Enumerable.Range(0, ProducerCount).Select(number => new StormProducer($"producer-{number}", lines[0], [.. shares[number]], new Random(seed + number)))];
    }

    public BatchOracle Oracle { get; }

    /// <summary>Different rows.</summary>
    public int Rows { get; }

    /// <summary>Rows sent, repeats included.</summary>
    public long Sent => Producers.Sum(producer => producer.Sent);

    public IReadOnlyList<StormProducer> Producers { get; }

    /// <summary>
    /// Everything is stored as the oracle says, and everything that can be asked is answered so. Looked at once and not until it is right; a question that
    /// fails is asked again.
    /// </summary>
    /// <param name="cluster">Whom to ask.</param>
    /// <param name="stored">What is really stored.</param>
    public async Task AssertEqualAsync(ShopCluster cluster, ShopStores stored)
    {
        var entities = new StormEntities(Oracle, stored.Entities, cluster);
        await entities.AssertStoredAsync();
        await entities.AssertAnswersAsync();
        await AssertReportsAsync(cluster);
        await AssertLakeAsync(cluster, stored);
    }

    private async Task AssertLakeAsync(ShopCluster cluster, ShopStores stored)
    {
        await AskedAsync(cluster.WriteLakeAsync);
        var events = ((InMemoryLakeSink)stored.Lake).Events();
        Assert.Equal(Oracle.Tallies.Ingest.Accepted, events.Count);
        Assert.Equal(events.Count, events.Select(one => one.Event.Event.Id).Distinct().Count());
        Assert.Equal(events.Count, events.Select(one => (one.Partition, one.Event.Position)).Distinct().Count());
    }

    private async Task AssertReportsAsync(ShopCluster cluster)
    {
        var answers = await AskedAsync(() => Answers.OfAsync(cluster.Grains, []));
        Answers.AssertEqual(Answers.WithoutRepeats(Answers.Of(Oracle, [])), Answers.WithoutRepeats(answers));
        var ends = await Task.WhenAll(Enumerable.Range(0, cluster.Log.PartitionCount).Select(partition => cluster.Log.EndAsync(partition, TestContext.Current.CancellationToken).AsTask()));
        Assert.Equal(ends.Sum(), Answers.Ingested(answers, "received"));
        Assert.Equal(
            Answers.Ingested(answers, "received") - Answers.Ingested(answers, "accepted") - Oracle.Tallies.Ingest.Rejected.Values.Sum(),
            Answers.Ingested(answers, "duplicates"));
    }

    private static Task<T> AskedAsync<T>(Func<Task<T>> ask) => Eventually.IsAsync(ask, _ => true, "an answer");

    private static int ProducerOf(string row, int index) =>
        row.Split(',') is { Length: > UserColumn } fields ? (int)(long.Parse(fields[UserColumn], CultureInfo.InvariantCulture) % ProducerCount) : index % ProducerCount;
}
