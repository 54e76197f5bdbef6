using Xunit;
using Xunit.Sdk;

namespace OrleansAnalytics.Tests.Cluster;

public sealed class StormEntitiesTests
{
    [Fact]
    public async Task What_is_not_stored_is_told_as_a_loss()
    {
        var stores = ShopStores.InMemory();
        await using var cluster = await ShopCluster.StartAsync(silos: 1, stores);
        var told = await Assert.ThrowsAnyAsync<XunitException>(() => new StormShop(seed: 1).AssertEqualAsync(cluster, stores));
        Assert.Contains("entities are not stored as the oracle says", told.Message, StringComparison.Ordinal);
        Assert.Contains("the directory says", told.Message, StringComparison.Ordinal);
    }
}
