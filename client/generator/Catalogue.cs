using System.Globalization;
using System.Text;

namespace OrleansAnalytics.Generator;

/// <summary>
/// Everything the shop sells, with the product columns of a row ready as bytes. Products of a category lie together, most popular first;
/// the k-th of n is met with a probability that falls like k^−0.6.
/// </summary>
internal sealed class Catalogue
{
    /// <summary>Products in the shop, as in October 2019.</summary>
    public const int Products = 166_794;

    /// <summary>Categories in the shop.</summary>
    public const int Categories = 650;

    private const int Brands = 3_444;
    private const double WithoutBrand = 0.144;
    private const double WithoutCode = 0.318;
    private const double LargestCategory = 0.27;
    private const double MedianPrice = 163.18;
    private const double PriceSpread = 1.16;
    private const long HighestPrice = 257_407;
    private const int CosmeticsAreCheaper = 32;

    private readonly AliasTable _categories;
    private readonly int[] _first = new int[Categories + 1];
    private readonly byte[] _columns;
    private readonly int[] _columnsAt = new int[Products + 1];
    private readonly byte[] _priceLength = new byte[Products];

    public Catalogue(ulong seed, bool cosmetics)
    {
        var chance = new Chance(seed ^ 0xCA7A_1063);
        var weights = CategoryWeights();
        _categories = new AliasTable(weights);
        SpreadProducts(weights);
        var withCode = Chosen(weights, 1 - WithoutCode);
        var prices = Prices(weights, chance);
        var branded = BrandedProducts(weights);

        using var text = new MemoryStream(Products * 64);
        for (var category = 0; category < Categories; category++)
        {
            var id = 2_053_013_550_000_000_000 + (category * 389L % Categories * 23_000_000) + chance.Below(20_000_000);
            var code = withCode[category] ? CategoryCodes.All[category % CategoryCodes.All.Length] : "";
            var firstBrand = (int)chance.Below(Brands);
            for (var product = _first[category]; product < _first[category + 1]; product++)
            {
                var u = chance.Unit();
                var brand = branded[product] ? BrandNames.Of((firstBrand + (int)(60 * u * u)) % Brands) : "";
                var cents = cosmetics ? Math.Max(25, prices[product] / CosmeticsAreCheaper) : prices[product];
                var number = 1_000_978 + (product * 64_601L % Products * 300) + chance.Below(300);
                var price = string.Create(CultureInfo.InvariantCulture, $"{cents / 100}.{cents % 100:00}");
                _columnsAt[product] = (int)text.Position;
                _priceLength[product] = (byte)price.Length;
                text.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{number},{id},{code},{brand},{price}")));
            }
        }
        _columns = text.ToArray();
        _columnsAt[Products] = _columns.Length;
    }

    /// <summary>A category, by how much is looked at in it.</summary>
    public int DrawCategory(Chance chance) => _categories.Draw(chance);

    /// <summary>A product of a category, by popularity.</summary>
    public int DrawProduct(int category, Chance chance)
    {
        var u = chance.Unit();
        var first = _first[category];
        return first + (int)((_first[category + 1] - first) * u * u * Math.Sqrt(u));
    }

    /// <summary><c>product_id,category_id,category_code,brand,price</c></summary>
    public ReadOnlySpan<byte> Columns(int product) =>
        _columns.AsSpan(_columnsAt[product], _columnsAt[product + 1] - _columnsAt[product]);

    /// <summary>How many bytes at the end of <see cref="Columns"/> are the price.</summary>
    public int PriceLength(int product) => _priceLength[product];

    private static double[] CategoryWeights()
    {
        var weights = new double[Categories];
        double rest = 0;
        for (var i = 1; i < Categories; i++)
            rest += weights[i] = PortableMath.Exp(-1.15 * PortableMath.Ln(i + 4));
        for (var i = 1; i < Categories; i++)
            weights[i] *= (1 - LargestCategory) / rest;
        weights[0] = LargestCategory;
        return weights;
    }

    private void SpreadProducts(double[] weights)
    {
        const int Fewest = 4;
        var sizes = new double[Categories];
        double total = 0;
        for (var i = 0; i < Categories; i++)
            total += sizes[i] = PortableMath.Exp(0.7 * PortableMath.Ln(weights[i]));
        for (var i = 0; i < Categories; i++)
            _first[i + 1] = _first[i] + Fewest + (int)(sizes[i] / total * (Products - (Fewest * Categories)));
        _first[Categories] = Products;
    }

    /// <summary>A product's share of all views.</summary>
    private double Weight(int category, int product, double[] weights)
    {
        double first = _first[category], count = _first[category + 1] - first;
        return weights[category] * (Popular((product + 1 - first) / count) - Popular((product - first) / count));

        static double Popular(double part) => part <= 0 ? 0 : PortableMath.Exp(0.4 * PortableMath.Ln(part));
    }

    /// <summary>Picks, largest first, so that the picked carry the wanted share of the weight.</summary>
    private static bool[] Chosen(ReadOnlySpan<double> weights, double share)
    {
        var chosen = new bool[weights.Length];
        double seen = 0, taken = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            seen += weights[i];
            chosen[i] = taken + (weights[i] / 2) <= seen * share;
            if (chosen[i])
                taken += weights[i];
        }
        return chosen;
    }

    private bool[] BrandedProducts(double[] weights)
    {
        var shares = new double[Products];
        for (var category = 0; category < Categories; category++)
        {
            for (var product = _first[category]; product < _first[category + 1]; product++)
                shares[product] = Weight(category, product, weights);
        }
        return Chosen(shares, 1 - WithoutBrand);
    }

    /// <summary>Prices in cents: log-normal, half of the spread by category, scaled so that half of all views are of things below the median price.</summary>
    private long[] Prices(double[] weights, Chance chance)
    {
        var normal = PortableMath.NormalQuantiles(4096);
        var raw = new double[Products];
        var shares = new double[Products];
        for (var category = 0; category < Categories; category++)
        {
            var level = category == 0 ? 0.3 : normal[chance.Below(4096)];
            for (var product = _first[category]; product < _first[category + 1]; product++)
            {
                raw[product] = PortableMath.Exp(PriceSpread * ((0.5 * level) + (0.866 * normal[chance.Below(4096)])));
                shares[product] = Weight(category, product, weights);
            }
        }

        var sorted = (double[])raw.Clone();
        Array.Sort(sorted, shares);
        double below = 0;
        var middle = 0;
        while (below < 0.5 && middle < Products - 1)
            below += shares[middle++];

        var prices = new long[Products];
        for (var i = 0; i < Products; i++)
            prices[i] = Math.Clamp((long)(raw[i] / sorted[middle] * MedianPrice * 100), 77, HighestPrice);
        return prices;
    }
}
