using OrleansAnalytics.Partitions;
using OrleansAnalytics.Tests.Oracle;
using Xunit;

namespace OrleansAnalytics.Tests.Cluster;

/// <summary>What silos say to each other in a real cluster.</summary>
public sealed class ExchangeClusterTests
{
    private const string Sample = "cosmetics-2022-10-01";
    private const int Partitions = 8;

    [Fact]
    public async Task Slices_and_flushes_travel_in_few_messages_and_the_answers_are_the_golden_ones()
    {
        await using var shop = await ShopCluster.StartAsync(3, ShopStores.InMemory(Partitions), options => options.MoveHome = true);
        await PlacementClusterTests.PartitionsAtHomeAsync(shop);
        using var counts = new ExchangeCounts(shop);

        await shop.SendFileAsync(SharedData.Path($"{Sample}.csv"));
        await shop.QuietAsync();
        var (messages, slices) = (counts.Messages, counts.Slices);
        await shop.SavedAsync();

        Assert.True(slices > 100, $"{slices} slices");
        Assert.True(messages * 5 < slices, $"{messages} messages for {slices} slices");
        Assert.True(counts.Flushes > 100, $"{counts.Flushes} flushes");
        Assert.True(counts.Messages * 5 < counts.Slices + counts.Flushes, $"{counts.Messages} messages for {counts.Slices} slices and {counts.Flushes} flushes");
        var golden = Answers.Golden(Sample);
        Answers.AssertEqual(golden, await Answers.OfAsync(shop.Grains, Answers.Users(golden)));
    }

    [Fact]
    public async Task One_silo_sends_nothing()
    {
        await using var shop = await ShopCluster.StartAsync(1, ShopStores.InMemory(Partitions), options => options.MoveHome = true);
        using var counts = new ExchangeCounts(shop);
        await shop.SendFileAsync(SharedData.Path($"{Sample}.csv"));
        await shop.QuietAsync();
        await shop.SavedAsync();
        Assert.Equal((0, 0, 0), (counts.Messages, counts.Slices, counts.Flushes));
    }

    [Fact]
    public async Task After_a_silo_has_joined_entities_that_stayed_where_they_were_get_their_events_all_the_same()
    {
        await using var shop = await ShopCluster.StartAsync(2, ShopStores.InMemory(Partitions), options => options.MoveHome = true);
        var lines = File.ReadAllLines(SharedData.Path($"{Sample}.csv"));
        var half = lines.Length / 2;
        await shop.SendLinesAsync(lines[..half], "sample");
        await shop.QuietAsync();

        // Who is asked has an activation, which stays where it is when the entity's home moves.
        await PlacementClusterTests.AskAsync(shop, lines[..half]);
        await shop.Orleans.StartAdditionalSiloAsync();
        await PlacementClusterTests.PartitionsAtHomeAsync(shop);
        var homes = PlacementClusterTests.HomesOf(shop);
        var active = await PlacementClusterTests.PlacedAsync(shop);
        Assert.Contains(active, grain => EntityKey.KindOf(grain.GrainId.Type) is not null && !grain.SiloAddress.Equals(homes.Silos[homes.Of(grain.GrainId)]));

        await shop.SendLinesAsync([lines[0], .. lines[half..]], "sample", firstRecord: half);
        await shop.SavedAsync();
        var golden = Answers.Golden(Sample);
        Answers.AssertEqual(golden, await Answers.OfAsync(shop.Grains, Answers.Users(golden)));
    }
}
