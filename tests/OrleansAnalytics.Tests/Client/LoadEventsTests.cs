using OrleansAnalytics.Cli;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Tests.Ingest;
using Xunit;

namespace OrleansAnalytics.Tests.Client;

public sealed class LoadEventsTests
{
    private static readonly DateTimeOffset Noon = new(2022, 10, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly LoadPlan Plan = new() { Rate = 400, Duration = TimeSpan.FromSeconds(2), Batch = 100, Seed = 7 };

    [Fact]
    public async Task The_same_seed_gives_the_same_events_in_every_format()
    {
        var binary = await TakeAsync(LoadFormat.Binary, "run");
        Assert.Equal(800, binary.Events().Count);
        Assert.Equal(800, binary.Events().Select(one => one.Id).Distinct().Count());
        Assert.Empty(binary.Rejections());
        Assert.True(binary.Events().Select(one => one.UserId).Distinct().Count() > 10, "users");
        Assert.Contains(binary.Events(), one => one is { Kind: EventKind.Cart, Brand.Length: > 0, Price.Units: > 0, SessionKey.Length: 36, CategoryId.Length: > 0 });
        Assert.Equal(binary.Told(), (await TakeAsync(LoadFormat.Json, "run")).Told());
        Assert.Equal(binary.Told(), (await TakeAsync(LoadFormat.Ndjson, "run")).Told());
    }

    [Fact]
    public async Task Another_run_gives_other_events()
    {
        var ids = (await TakeAsync(LoadFormat.Binary, "run-1")).Events().Select(one => one.Id);
        Assert.Empty(ids.Intersect((await TakeAsync(LoadFormat.Binary, "run-2")).Events().Select(one => one.Id)));
    }

    [Fact]
    public async Task Events_happen_when_their_batch_is_to_be_sent_and_the_last_user_is_told()
    {
        using var events = new LoadEvents(Plan, "run");
        var door = new DoorFixture();
        var batch = events.Next(Noon);
        await door.TakeAsync(batch.Body, null);
        Assert.All(door.Events(), one => Assert.Equal(Noon.ToUnixTimeMilliseconds(), one.TimeMs));
        Assert.Equal((100, Noon), (batch.Events, batch.Time));
        Assert.Contains(door.Events(), one => one.UserId == batch.User);
    }

    [Fact]
    public async Task A_hot_product_and_a_flooding_user_have_their_shares()
    {
        using var events = new LoadEvents(Plan with { Rate = 4_000, Batch = 4_000, Duration = TimeSpan.FromSeconds(1), HotProduct = 0.3, Flood = 0.1 }, "run");
        var door = new DoorFixture();
        await door.TakeAsync(events.Next(Noon).Body, null);
        Assert.Empty(door.Rejections());
        Assert.InRange(door.Events().CountBy(one => one.ProductId ?? "").Max(one => one.Value) / 4_000.0, 0.27, 0.34);
        Assert.InRange(door.Events().Count(one => one.UserId == "1") / 4_000.0, 0.08, 0.13);
        Assert.Single(door.Events().GroupBy(one => one.ProductId).MaxBy(one => one.Count())!.Select(one => (one.CategoryId, one.Brand, one.Price)).Distinct());
    }

    [Fact]
    public void The_parts_of_a_load_are_all_of_it()
    {
        var plan = new LoadPlan { Rate = 100_001, Duration = TimeSpan.FromSeconds(1), Queries = 1_000, Users = 30 };
        var parts = Enumerable.Range(0, 7).Select(part => plan.Part(part, 7)).ToList();
        Assert.Equal((plan.Rate, plan.Queries), (parts.Sum(part => part.Rate), parts.Sum(part => part.Queries)));
        Assert.Equal(7, parts.Select(part => part.Seed).Distinct().Count());
        Assert.All(parts, part => Assert.Equal(plan.EffectiveBatch, part.EffectiveBatch));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(500, 10)]
    [InlineData(50_000, 1_000)]
    [InlineData(1_000_000, 1_000)]
    public void Batches_are_small_at_small_rates(long rate, int expected) => Assert.Equal(expected, new LoadPlan { Rate = rate, Duration = TimeSpan.FromSeconds(1) }.EffectiveBatch);

    private static async Task<DoorFixture> TakeAsync(LoadFormat format, string run)
    {
        using var events = new LoadEvents(Plan with { Format = format }, run);
        var door = new DoorFixture();
        for (var batch = 0; batch < 8; batch++)
        {
            RecordFormats.TryFromMediaType(events.MediaType, out var named);
            await door.TakeAsync(events.Next(Noon.AddSeconds(batch)).Body, named);
        }

        return door;
    }
}
