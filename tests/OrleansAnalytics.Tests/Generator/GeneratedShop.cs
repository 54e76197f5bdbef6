using System.Globalization;
using OrleansAnalytics.Generator;

namespace OrleansAnalytics.Tests.Generator;

/// <summary>A generated file, read back.</summary>
internal sealed record GeneratedShop(List<GeneratedShop.Row> Rows)
{
    public List<List<Row>> Sessions { get; } = [.. Rows.GroupBy(row => row.Session).Select(session => session.ToList())];

    public double Share(Func<Row, bool> condition) => (double)Rows.Count(condition) / Rows.Count;

    public static GeneratedShop Read(GeneratorOptions options)
    {
        using var reader = new StreamReader(new ShopGenerator(options).OpenCsv());
        reader.ReadLine();
        List<Row> rows = [];
        while (reader.ReadLine() is { } line)
        {
            var c = line.Split(',');
            rows.Add(new Row(c[0], c[1], c[2], c[3], c[4], c[5], decimal.Parse(c[6], CultureInfo.InvariantCulture), c[7], c[8]));
        }
        return new GeneratedShop(rows);
    }

    internal sealed record Row(
        string Time, string Kind, string ProductId, string CategoryId, string CategoryCode, string Brand, decimal Price, string UserId, string Session)
    {
        public DateTime At => DateTime.ParseExact(Time, "yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
    }
}
