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
            var truth = products.CountBy(p => "p" + p).ToDictionary();
            var ranked = ranking.Top(int.MaxValue);
            Assert.InRange(ranked.Count, 0, 20);
            Assert.All(ranked, p => Assert.InRange(p.Events, 1, truth[p.ProductId]));
            Assert.Equal(products.Length, ranked.Sum(p => p.Events) + ranking.UnrankedEvents);
            Assert.Equal(ranked.OrderByDescending(p => p.Events).ThenBy(p => p.ProductId, StringComparer.Ordinal), ranked);
        });

    [Fact]
    public void When_one_product_too_many_comes_the_quarter_with_the_fewest_events_leaves()
    {
        // p0 once, p1 twice, … p19 twenty times; then a newcomer.
        var products = Enumerable.Range(0, 20).SelectMany(p => Enumerable.Repeat(p, p + 1)).Append(99).ToArray();
        var ranking = Ranked(20, products);
        Assert.Equal(Enumerable.Range(5, 15).Reverse().Append(99).Select(p => "p" + p), ranking.Top(100).Select(p => p.ProductId));
        Assert.Equal(1 + 2 + 3 + 4 + 5, ranking.UnrankedEvents);
        Assert.Equal(["p19", "p18"], ranking.Top(2).Select(p => p.ProductId));
    }

    private static ProductRanking Ranked(int max, int[] products)
    {
        var ranking = new ProductRanking(max);
        foreach (var product in products)
        {
            ranking.Add("p" + product);
        }

        return ranking;
    }
}
