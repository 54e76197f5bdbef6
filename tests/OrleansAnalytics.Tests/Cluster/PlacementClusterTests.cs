using OrleansAnalytics.Catalog;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Placement;
using OrleansAnalytics.Tests.Oracle;
using Xunit;

namespace OrleansAnalytics.Tests.Cluster;

/// <summary>Where grains are in a real cluster.</summary>
public sealed class PlacementClusterTests
{
    private const string Sample = "cosmetics-2022-10-01";

    [Fact]
    public async Task Partitions_go_home_users_are_with_their_partition_and_every_other_entity_is_where_its_hash_says()
    {
        await using var shop = await ShopCluster.StartAsync(3, ShopStores.InMemory(partitions: 8), options => options.MoveHome = true);
        await PartitionsAtHomeAsync(shop);

        await shop.SendFileAsync(SharedData.Path($"{Sample}.csv"));
        await shop.QuietAsync();
        await AskAsync(shop, File.ReadLines(SharedData.Path($"{Sample}.csv")));

        var homes = HomesOf(shop);
        var entities = (await PlacedAsync(shop)).Where(grain => EntityKey.KindOf(grain.GrainId.Type) is not null).ToArray();
        Assert.True(entities.Length > 100, $"{entities.Length} entities are active");
        Assert.Empty(entities.Where(grain => !grain.SiloAddress.Equals(homes.Silos[homes.Of(grain.GrainId)])).Select(grain => $"{grain.GrainId} is on {grain.SiloAddress}"));
        Assert.Equal(3, entities.DistinctBy(grain => grain.SiloAddress).Count());
    }

    [Fact]
    public async Task A_silo_that_joins_gets_its_partitions_and_one_that_goes_leaves_them_to_the_others()
    {
        await using var shop = await ShopCluster.StartAsync(2, ShopStores.InMemory(partitions: 16), options => options.MoveHome = true);
        await shop.SendFileAsync(SharedData.Path($"{Sample}.csv"));
        await PartitionsAtHomeAsync(shop);

        var joined = await shop.Orleans.StartAdditionalSiloAsync();
        var placed = await PartitionsAtHomeAsync(shop);
        Assert.Contains(placed, grain => grain.SiloAddress.Equals(joined.SiloAddress));

        await shop.Orleans.StopSiloAsync(joined);
        placed = await PartitionsAtHomeAsync(shop);
        Assert.DoesNotContain(placed, grain => grain.SiloAddress.Equals(joined.SiloAddress));
        await shop.QuietAsync();
    }

    /// <summary>Asks after every user and product of a file: who is asked has an activation.</summary>
    internal static async Task AskAsync(ShopCluster shop, IEnumerable<string> lines)
    {
        foreach (var fields in lines.Skip(1).Select(line => line.Split(',')))
        {
            Assert.NotNull(await shop.Grains.GetGrain<IUserGrain>(fields[4]).GetJourneyAsync(null, null));
            Assert.NotNull(await shop.Grains.GetGrain<IProductGrain>(fields[2]).GetAsync());
        }
    }

    /// <summary>Waits until every partition is active, and only at its home.</summary>
    internal static Task<DetailedGrainStatistic[]> PartitionsAtHomeAsync(ShopCluster shop) => Eventually.IsAsync(
        async () =>
        {
            await shop.StatusAsync();
            return (await PlacedAsync(shop)).Where(grain => grain.GrainId.Type.ToString() == GrainTypes.Partition).ToArray();
        },
        placed => placed.Length == shop.Log.PartitionCount && HomesOf(shop) is var homes && placed.All(grain => grain.SiloAddress.Equals(homes.Silos[homes.Of(grain.GrainId)])),
        "every partition to be at home");

    /// <summary>All activations, and where they are.</summary>
    internal static Task<DetailedGrainStatistic[]> PlacedAsync(ShopCluster shop) => shop.Grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics();

    /// <summary>The homes among the cluster's silos.</summary>
    internal static Homes HomesOf(ShopCluster shop) => new(shop.Orleans.Silos.Where(silo => silo.IsActive).Select(silo => silo.SiloAddress), shop.Log.PartitionCount);
}
