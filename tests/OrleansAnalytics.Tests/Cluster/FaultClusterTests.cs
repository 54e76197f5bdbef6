using OrleansAnalytics.Catalog;
using OrleansAnalytics.Events;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Cluster;

/// <summary>Whatever goes away midway, in the end everything is as the oracle says.</summary>
public sealed class FaultClusterTests
{
    private static readonly GeneratedFile Shop = new(events: 12_000, seed: 11);

    [Fact]
    public async Task Every_event_counts_once_although_one_silo_is_stopped_and_one_killed_under_load()
    {
        await using var shop = await ShopCluster.StartAsync(3, ShopStores.InMemory(), ManySteps);

        await shop.SendLinesAsync(Shop.Part(0, 3));
        await shop.AppliedAsync(1);
        var stopping = shop.Orleans.StopSiloAsync(shop.Orleans.Silos[2]);
        await shop.SendLinesAsync(Shop.Part(1, 3));
        await stopping;
        await shop.AppliedAsync((Shop.Rows / 3) + 1);
        var killing = shop.Orleans.KillSiloAsync(shop.Orleans.Silos[1]);
        await shop.SendLinesAsync(Shop.Part(2, 3));
        await killing;
        await shop.SavedAsync();

        await AssertAllAsync(shop);
    }

    [Fact]
    public async Task Every_event_counts_once_although_partitions_and_entities_are_deactivated_midway()
    {
        await using var shop = await ShopCluster.StartAsync(1, ShopStores.InMemory(partitions: 2), ManySteps);

        const int Parts = 12;
        var users = Shop.Oracle.Journeys.Keys.ToArray();
        for (var part = 0; part < Parts; part++)
        {
            await shop.SendLinesAsync(Shop.Part(part, Parts));
            await shop.AppliedAsync(Shop.Rows * part / Parts);
            await shop.Orleans.DeactivateAsync(shop.Partition(part % 2));
            await shop.Orleans.DeactivateAsync(shop.Grains.GetGrain<IUserGrain>(users[part]));
        }

        var statuses = await shop.SavedAsync();
        Assert.All(statuses, status => Assert.True(status.Generation > 1, $"partition {status.Partition} has had one owner only"));
        await AssertAllAsync(shop);
    }

    [Fact]
    public async Task A_replay_from_the_first_event_changes_no_entity_that_has_survived()
    {
        var stores = ShopStores.InMemory();
        await using (var shop = await ShopCluster.StartAsync(1, stores))
        {
            await shop.SendLinesAsync(Shop.Lines);
            await shop.QuietAsync();
            await shop.CheckpointAsync();
            await AssertAllAsync(shop);
        }

        await using var again = await ShopCluster.StartAsync(1, stores with { Checkpoints = new InMemoryCheckpointStore() });
        var statuses = await again.QuietAsync();

        Assert.Equal(Shop.Rows, statuses.Sum(status => status.Received));
        Assert.All(statuses, status => Assert.Equal(1, status.Generation));
        await AssertAllAsync(again);
    }

    /// <summary>Small chunks and frequent checkpoints: there is always something in the middle of happening.</summary>
    private static void ManySteps(PartitionOptions options)
    {
        options.ChunkBytes = 8 * 1024;
        options.CheckpointEvents = 500;
        options.CheckpointEvery = TimeSpan.FromMilliseconds(100);
    }

    private static async Task AssertAllAsync(ShopCluster shop)
    {
        var users = Shop.Oracle.Journeys.Keys;
        Answers.AssertEqual(Answers.Of(Shop.Oracle, users), await Answers.OfAsync(shop.Grains, users));
        foreach (var rows in Shop.Oracle.Accepted.GroupBy(row => row.Product))
        {
            var product = await shop.Grains.GetGrain<IProductGrain>(rows.Key).GetAsync();
            Assert.Equal(rows.CountBy(row => row.Kind).ToDictionary(kind => kind.Key, kind => (long)kind.Value), product?.Activity.Kinds);
            Assert.Equal(Money.FromAmount(rows.Where(row => row.Kind == EventKind.Purchase).Sum(row => row.Price)), product!.Activity.Revenue);
        }

        foreach (var rows in Shop.Oracle.Accepted.Where(row => row.Category is not null).GroupBy(row => row.Category!))
        {
            var category = await shop.Grains.GetGrain<ICategoryGrain>(rows.Key).GetAsync();
            Assert.Equal(rows.Count(), category?.Activity.Events);
        }

        foreach (var rows in Shop.Oracle.Accepted.Where(row => row.Brand is not null).GroupBy(row => row.Brand!))
        {
            var brand = await shop.Grains.GetGrain<IBrandGrain>(rows.Key).GetAsync();
            Assert.Equal(rows.Count(), brand?.Activity.Events);
        }
    }
}
