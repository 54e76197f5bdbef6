using CsCheck;
using OrleansAnalytics.Catalog;
using Xunit;

namespace OrleansAnalytics.Tests.Catalog;

public sealed class ProductRankingTests
{
    [Fact]
    public void A_full_ranking_never_tells_more_than_the_truth_and_loses_no_event() =>
        Gen.Int[0, 40].Array[0, 300].Sample(products =>
        {
            var ranking = Ranked(20, products);
            var truth = products.CountBy(Id).ToDictionary();
            var ranked = ranking.Top(int.MaxValue);
            Assert.InRange(ranked.Count, 0, 20);
            Assert.All(ranked, p => Assert.InRange(p.Events, 1, truth[p.ProductId]));
            Assert.Equal(products.Length, ranked.Sum(p => p.Events) + ranking.UnrankedEvents);
            Assert.Equal(ranked.OrderByDescending(p => p.Events).ThenBy(p => p.ProductId, StringComparer.Ordinal), ranked);
        });

    [Fact]
    public void When_one_product_too_many_comes_the_quarter_with_the_fewest_events_leaves()
    {
        // The first product once, the second twice, … the twentieth twenty times; then a newcomer.
        var products = Enumerable.Range(0, 20).SelectMany(p => Enumerable.Repeat(p, p + 1)).Append(99).ToArray();
        var ranking = Ranked(20, products);
        Assert.Equal(Enumerable.Range(5, 15).Reverse().Append(99).Select(Id), ranking.Top(100).Select(p => p.ProductId));
        Assert.Equal(1 + 2 + 3 + 4 + 5, ranking.UnrankedEvents);
        Assert.Equal([Id(19), Id(18)], ranking.Top(2).Select(p => p.ProductId));
    }

    [Fact]
    public void The_products_that_leave_are_the_last_of_all_in_order() =>
        Gen.Select(Gen.Int[20, 200], Gen.Int[1, 400].SelectMany(products => Gen.Int[0, products].Array[0, 2_000])).Sample((max, products) =>
        {
            var ranking = Ranked(max, products);
            var (expected, unranked) = InPlainWords(max, products);
            Assert.Equal(expected, ranking.Top(int.MaxValue).Select(p => (p.ProductId, p.Events)));
            Assert.Equal(unranked, ranking.UnrankedEvents);
        });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_ranking_that_is_in_order_already_is_parted_like_any_other(bool ascending)
    {
        var rising = Enumerable.Range(0, 2_000).SelectMany(p => Enumerable.Repeat(p, ascending ? 1 + (p / 100) : 20 - (p / 100)));
        int[] products = [.. rising, .. Enumerable.Range(5_000, 1_200)];
        var (expected, unranked) = InPlainWords(2_000, products);
        var ranking = Ranked(2_000, products);
        Assert.Equal(expected, ranking.Top(int.MaxValue).Select(p => (p.ProductId, p.Events)));
        Assert.Equal(unranked, ranking.UnrankedEvents);
    }

    /// <summary>A quarter of the limit leaves, by sorting all.</summary>
    private static ((string, long)[] Ranked, long Unranked) InPlainWords(int max, int[] products)
    {
        var events = new Dictionary<string, long>();
        var unranked = 0L;
        foreach (var product in products.Select(Id))
        {
            if (!events.ContainsKey(product) && events.Count == max)
            {
                foreach (var (lowest, count) in InOrder(events).Skip(max - (max / 4)).ToArray())
                {
                    events.Remove(lowest);
                    unranked += count;
                }
            }

            events[product] = events.GetValueOrDefault(product) + 1;
        }

        return ([.. InOrder(events).Select(p => (p.Key, p.Value))], unranked);
    }

    private static IEnumerable<KeyValuePair<string, long>> InOrder(Dictionary<string, long> events) =>
        events.OrderByDescending(p => p.Value).ThenBy(p => p.Key, StringComparer.Ordinal);

    /// <summary>Numbers and other texts.</summary>
    private static string Id(int product) => product % 3 == 0 ? $"p{product}" : $"{product}";

    private static ProductRanking Ranked(int max, int[] products)
    {
        var ranking = new ProductRanking(max);
        foreach (var product in products)
        {
            ranking.Add(Id(product));
        }

        return ranking;
    }
}
