using OrleansAnalytics.Catalog;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Pages;
using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Cluster;

public sealed class OddClusterTests
{
    private const long NoonMs = 1_569_931_200_000;

    [Fact]
    public async Task A_poison_event_goes_to_the_dead_letters_and_the_partition_goes_on()
    {
        var stores = ShopStores.InMemory(partitions: 1);
        await using var shop = await ShopCluster.StartAsync(1, stores);

        await shop.AppendAsync(View(1, "p1"));
        await shop.AppendAsync(View(2, product: null));
        await shop.AppendAsync(View(3, "p3"));
        var status = Assert.Single(await shop.QuietAsync());

        var letters = await stores.DeadLetters.ListAsync(new DeadLetterQuery(), TestContext.Current.CancellationToken);
        Assert.Equal(["category/c", "user/u"], letters.Select(letter => letter.Entity));
        Assert.All(letters, letter => Assert.Equal((RejectReason.Poison, 2L), (letter.Reason, letter.Position)));
        Assert.Contains("without a product", letters[1].Detail, StringComparison.Ordinal);
        Assert.Contains("\"UserId\":\"u\"", System.Text.Encoding.UTF8.GetString(letters[1].Raw.Span), StringComparison.Ordinal);
        var journey = await shop.Grains.GetGrain<IUserGrain>("u").GetJourneyAsync(null, null);
        Assert.Equal(["p1", "p3"], journey!.Sessions.SelectMany(session => session.Steps).Select(step => step.Subject));
        Assert.Equal(2, (await shop.Grains.GetGrain<ICategoryGrain>("c").GetAsync())!.Activity.Events);

        // Who can fold it has it: one entity's trouble is not the others'.
        Assert.Equal(3, (await shop.Grains.GetGrain<IBrandGrain>("b").GetAsync())!.Activity.Events);
        Assert.Equal((3, 3, 0), (status.Received, status.Accepted, status.Rejected));
        Assert.Equal(3, Assert.Single(await shop.CheckpointAsync()));
    }

    [Fact]
    public async Task A_batch_that_cannot_be_read_goes_to_the_dead_letters_and_the_partition_goes_on()
    {
        var stores = ShopStores.InMemory(partitions: 1);
        await using var shop = await ShopCluster.StartAsync(1, stores);

        await shop.AppendAsync(View(1, "p1"));
        await shop.Log.AppendAsync(0, new EncodedBatch("no batch"u8.ToArray(), 5), TestContext.Current.CancellationToken);
        await shop.AppendAsync(View(3, "p3"));
        await shop.QuietAsync();

        var letter = Assert.Single(await stores.DeadLetters.ListAsync(new DeadLetterQuery(), TestContext.Current.CancellationToken));
        Assert.Equal((RejectReason.Damaged, 2L), (letter.Reason, letter.Position));
        Assert.Equal(2, (await shop.Grains.GetGrain<IUserGrain>("u").GetJourneyAsync(null, null))!.Events);
        Assert.Equal(7, Assert.Single(await shop.CheckpointAsync()));
    }

    [Fact]
    public async Task Who_is_unknown_is_null_on_every_silo_and_does_not_stay_active()
    {
        await using var shop = await ShopCluster.StartAsync(3, ShopStores.InMemory());
        var strangers = Enumerable.Range(0, 12).Select(number => $"stranger-{number}").ToArray();
        foreach (var stranger in strangers)
        {
            Assert.Null(await shop.Grains.GetGrain<IUserGrain>(stranger).GetJourneyAsync(null, null));
            Assert.Null(await shop.Grains.GetGrain<IProductGrain>(stranger).GetAsync());
            Assert.Null(await shop.Grains.GetGrain<IPageGrain>(stranger).GetAsync());
        }

        await Eventually.IsAsync(
            () => shop.Grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics(),
            active => !active.Any(one => one.GrainId.Key.ToString()!.StartsWith("stranger-", StringComparison.Ordinal)),
            "the strangers to be deactivated");
    }

    private static ShopEvent View(int number, string? product) => new()
    {
        Id = new EventId(1, (ulong)number),
        TimeMs = NoonMs + (number * 1000),
        Kind = EventKind.View,
        UserId = "u",
        ProductId = product,
        CategoryId = "c",
        Brand = "b",
    };
}
