using System.Text.Json;
using OrleansAnalytics.Ingest;
using Xunit;

namespace OrleansAnalytics.Tests.Oracle;

public sealed class BatchOracleTests
{
    private const string Header = "event_time,event_type,product_id,price,user_id,user_session";

    [Theory]
    [InlineData("rees46-2019-10-01")]
    [InlineData("cosmetics-2022-10-01")]
    [InlineData("cosmetics-2022-11-01")]
    [InlineData("mangled-ids")]
    public void Journeys_AreThoseOfTheGoldenFile(string sample)
    {
        var oracle = BatchOracle.From(SharedData.Path($"{sample}.csv"));
        using var golden = JsonDocument.Parse(File.ReadAllText(SharedData.Path($"golden/{sample}.json")));

        foreach (var journey in golden.RootElement.GetProperty("journeys").EnumerateObject())
        {
            using var actual = JsonDocument.Parse(oracle.Journeys[journey.Name].ToJson().ToJsonString());
            Assert.Null(JsonEquality.Difference(journey.Value, actual.RootElement, journey.Name));
        }
    }

    [Fact]
    public void Session_GoesOnAfterThirtyMinutesAndEndsAfterMore()
    {
        Assert.Equal(1, BatchOracle.FromLines([Header, Line("00:00:00"), Line("00:30:00")]).Tallies.Sessions);
        Assert.Equal(2, BatchOracle.FromLines([Header, Line("00:00:00"), Line("00:30:01")]).Tallies.Sessions);
    }

    [Theory]
    [InlineData("cart,purchase", 1, 0, 0)]
    [InlineData("purchase,cart", 0, 0, 1)]
    [InlineData("cart,remove_from_cart", 0, 1, 0)]
    [InlineData("cart,remove_from_cart,cart", 0, 0, 1)]
    [InlineData("cart,remove_from_cart,purchase", 1, 0, 0)]
    [InlineData("view,purchase", 0, 0, 0)]
    public void Cart_IsPurchasedElseRemovedElseAbandoned(string kinds, long purchased, long removed, long abandoned)
    {
        var lines = kinds.Split(',').Select((kind, index) => Line($"00:00:0{index}", kind));

        var carts = BatchOracle.FromLines([Header, .. lines]).Tallies.CartHours.Values;

        Assert.Equal(
            (purchased, removed, abandoned),
            (carts.Sum(cart => cart.Purchased), carts.Sum(cart => cart.Removed), carts.Sum(cart => cart.Abandoned)));
    }

    [Fact]
    public void Row_IsRejectedForTheFirstReasonThatHolds()
    {
        var counts = BatchOracle.FromLines(
        [
            Header, "2022-10-01 00:00:00 UTC,view", "yesterday,look,1,1,7,s", "2022-10-01 00:00:00 UTC,look,1,1,,s", Line("00:00:00").Replace(",7,", ",,"),
            Line("00:00:00").Replace(",11,", ",,"), Line("00:00:00").Replace("2.50", "-1"), Line("00:00:00").Replace(",11,", ",1.1E+18,"), Line("00:00:00"),
        ]).Tallies.Ingest;

        Assert.Equal(
            new[]
            {
                RejectReason.Malformed, RejectReason.BadTime, RejectReason.UnknownKind, RejectReason.MissingUser, RejectReason.MissingProduct,
                RejectReason.BadPrice, RejectReason.MangledId,
            },
            counts.Rejected.Keys.Order());
        Assert.Equal((1, 8), (counts.Accepted, counts.Received));
    }

    private static string Line(string time, string kind = "view") => $"2022-10-01 {time} UTC,{kind},11,2.50,7,s";
}
