using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Cluster;

/// <summary>A silo by itself holds entities without an activation. Then others join.</summary>
public sealed class GrowingClusterTests
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task A_silo_by_itself_makes_no_activation_for_updates_and_one_for_a_question()
    {
        var shop = new StormShop(seed: 7);
        await using var cluster = await ShopCluster.StartAsync(1, ShopStores.InMemory());
        await SendAllAsync(shop, cluster);
        await cluster.QuietAsync();
        Assert.Empty(await ActiveAsync(cluster, GrainTypes.User));
        Assert.True(Local(cluster).Count > 100);

        var user = shop.Oracle.Journeys.Keys.First();
        var key = new EntityKey(EntityKind.User, user);
        var held = Local(cluster).Find(key);
        Assert.NotNull(held);
        Assert.NotNull(await cluster.Grains.GetGrain<IUserGrain>(user).GetJourneyAsync(null, null));
        Assert.Same(held, Local(cluster).Find(key));
        Assert.Equal([user], await ActiveAsync(cluster, GrainTypes.User));
    }

    [Fact]
    public async Task Answers_are_the_same_when_silos_join_while_events_flow()
    {
        var stores = ShopStores.InMemory(partitions: 4);
        var shop = new StormShop(seed: 11);
        await using var cluster = await ShopCluster.StartAsync(1, stores, options => options.CheckpointEvery = TimeSpan.FromMilliseconds(50));
        var sending = SendAllAsync(shop, cluster);
        await cluster.AppliedAsync(shop.Rows / 4);
        await cluster.Orleans.StartAdditionalSiloAsync();
        await cluster.AppliedAsync(shop.Rows / 2);
        await cluster.Orleans.StartAdditionalSiloAsync();
        await sending;
        await cluster.SavedAsync();
        await shop.AssertEqualAsync(cluster, stores);
    }

    private static async Task SendAllAsync(StormShop shop, ShopCluster cluster)
    {
        await Task.WhenAll(shop.Producers.Select(producer => producer.SendAllAsync(cluster, Pace, TestContext.Current.CancellationToken)));
    }

    private static LocalEntities Local(ShopCluster cluster) => cluster.Orleans.Silos.Single().ServiceProvider.GetRequiredService<LocalEntities>();

    private static async Task<string[]> ActiveAsync(ShopCluster cluster, string grainType)
    {
        var active = await cluster.Grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics();
        return [.. active.Where(one => one.GrainId.Type.ToString() == grainType).Select(one => one.GrainId.Key.ToString()!)];
    }
}
