using OrleansAnalytics.Partitions.Placement;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions.Placement;

public sealed class RendezvousTests
{
    private const int Keys = 100_000;

    [Fact]
    public void OnePlace_HasEveryKey() => Assert.All(Enumerable.Range(0, 100), key => Assert.Equal(0, Rendezvous.IndexOf([42], (ulong)key)));

    [Fact]
    public void Answers_AreForEver()
    {
        ulong[] places = [1, 2, 3, 4, 5];
        Assert.Equal([1, 2, 3, 0, 1, 2, 3, 4, 4, 3], Enumerable.Range(0, 10).Select(key => Rendezvous.IndexOf(places, (ulong)key)));
    }

    [Fact]
    public void OfEqualPlaces_TheFirstHasTheKey() =>
        Assert.All(Enumerable.Range(0, 1_000), key => Assert.NotEqual(1, Rendezvous.IndexOf([7, 7, 8], (ulong)key)));

    [Fact]
    public void KeyThatWeighsNothingAnywhere_HasAPlace() => Assert.Equal(0, Rendezvous.IndexOf([9], key: 9));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(50)]
    public void Keys_SpreadEvenly(int count)
    {
        var places = Places(count);
        var shares = Enumerable.Range(0, Keys).CountBy(key => Rendezvous.IndexOf(places, (ulong)key)).ToDictionary();
        Assert.Equal(count, shares.Count);

        // Four standard deviations: of 50 places each has 2,000 keys, give or take nine percent.
        var expected = Keys / (double)count;
        Assert.All(shares.Values, share => Assert.InRange(share, expected - (4 * Math.Sqrt(expected)), expected + (4 * Math.Sqrt(expected))));
    }

    [Fact]
    public void PlaceThatComes_TakesItsShare_AndMovesNothingElse()
    {
        var places = Places(5);
        ulong[] more = [.. places, 99_999];
        var taken = 0;
        for (var key = 0UL; key < Keys; key++)
        {
            var (before, after) = (Rendezvous.IndexOf(places, key), Rendezvous.IndexOf(more, key));
            Assert.True(after == before || after == 5, $"key {key} moved from {before} to {after}");
            taken += after == 5 ? 1 : 0;
        }

        Assert.InRange(taken, Keys / 6 * 0.95, Keys / 6 * 1.05);
    }

    [Fact]
    public void PlaceThatGoes_LeavesItsKeysToAllOthers_AndMovesNothingElse()
    {
        var places = Places(5);
        var heirs = new HashSet<ulong>();
        for (var key = 0UL; key < Keys; key++)
        {
            var before = places[Rendezvous.IndexOf(places, key)];
            var after = places[1..][Rendezvous.IndexOf(places.AsSpan(1), key)];
            if (before == places[0])
            {
                heirs.Add(after);
            }
            else
            {
                Assert.Equal(before, after);
            }
        }

        Assert.Equal(4, heirs.Count);
    }

    private static ulong[] Places(int count) => [.. Enumerable.Range(1, count).Select(place => (ulong)place * 0x1234567)];
}
