using System.Globalization;
using OrleansAnalytics.Catalog;
using OrleansAnalytics.Events;
using OrleansAnalytics.Generator;
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

    /// <summary>Everything that can be asked is as the oracle says. Asked once and not until it is right; a question that fails is asked again.</summary>
    public async Task AssertEqualAsync(ShopCluster cluster)
    {
        var users = Oracle.Journeys.Keys;
        var answers = await AskedAsync(() => Answers.OfAsync(cluster.Grains, users));
        Answers.AssertEqual(Answers.WithoutRepeats(Answers.Of(Oracle, users)), Answers.WithoutRepeats(answers));
        var ends = await Task.WhenAll(Enumerable.Range(0, cluster.Log.PartitionCount).Select(partition => cluster.Log.EndAsync(partition, TestContext.Current.CancellationToken).AsTask()));
        Assert.Equal(ends.Sum(), Answers.Ingested(answers, "received"));
        Assert.Equal(
            Answers.Ingested(answers, "received") - Answers.Ingested(answers, "accepted") - Oracle.Tallies.Ingest.Rejected.Values.Sum(),
            Answers.Ingested(answers, "duplicates"));
        await AssertEntitiesAsync(cluster);
    }

    private async Task AssertEntitiesAsync(ShopCluster cluster)
    {
        await AssertAsync(row => row.Product, async key => (await cluster.Grains.GetGrain<IProductGrain>(key).GetAsync())?.Activity);
        await AssertAsync(row => row.Category, async key => (await cluster.Grains.GetGrain<ICategoryGrain>(key).GetAsync())?.Activity);
        await AssertAsync(row => row.Brand, async key => (await cluster.Grains.GetGrain<IBrandGrain>(key).GetAsync())?.Activity);
    }

    private async Task AssertAsync(Func<OracleRow, string?> keyOf, Func<string, Task<Activity?>> ask)
    {
        var groups = Oracle.Accepted.Where(row => keyOf(row) is not null).GroupBy(row => keyOf(row)!).ToArray();
        var activities = await Task.WhenAll(groups.Select(group => AskedAsync(() => ask(group.Key))));
        foreach (var (group, activity) in groups.Zip(activities))
        {
            Assert.True(activity is not null, $"{group.Key} is unknown");
            Assert.Equal(
                (group.Key, Kinds(group.CountBy(row => row.Kind).ToDictionary(kind => kind.Key, kind => (long)kind.Value))), (group.Key, Kinds(activity.Kinds)));
            Assert.Equal((group.Key, Money.FromAmount(group.Where(row => row.Kind == EventKind.Purchase).Sum(row => row.Price))), (group.Key, activity.Revenue));
        }
    }

    private static string Kinds(IReadOnlyDictionary<EventKind, long> kinds) => string.Join(", ", kinds.OrderBy(kind => kind.Key).Select(kind => $"{kind.Key} {kind.Value}"));

    private static Task<T> AskedAsync<T>(Func<Task<T>> ask) => Eventually.IsAsync(ask, _ => true, "an answer");

    private static int ProducerOf(string row, int index) =>
        row.Split(',') is { Length: > UserColumn } fields ? (int)(long.Parse(fields[UserColumn], CultureInfo.InvariantCulture) % ProducerCount) : index % ProducerCount;
}
