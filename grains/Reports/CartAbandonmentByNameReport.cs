using System.Text.Json;

namespace OrleansAnalytics.Reports;

/// <summary>
/// What became of carts, by category or product; most carts first, ties by id. Rate = abandoned / (abandoned + purchased); none if both are 0. The JSON lists
/// twenty, the table all up to the limit. A cart's category is that of its first cart event; carts without one are left out.
/// </summary>
public sealed class CartAbandonmentByNameReport : IReportDefinition
{
    private const int InJson = 20;

    private readonly string _column;
    private readonly Func<SiteTallies, Dictionary<string, CartTally>> _tallies;
    private readonly int _rankedInTable;

    private CartAbandonmentByNameReport(string name, string description, string column, Func<SiteTallies, Dictionary<string, CartTally>> tallies, int rankedInTable)
    {
        Name = name;
        Description = description;
        _column = column;
        _tallies = tallies;
        _rankedInTable = rankedInTable;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public TallyParts Parts => TallyParts.CartDetails;

    /// <summary>By category id.</summary>
    /// <param name="rankedInTable">See <see cref="ReportOptions.RankedInTables"/>.</param>
    public static CartAbandonmentByNameReport ByCategory(int rankedInTable) => new(
        ReportNames.CartAbandonmentByCategory, "Carts purchased, removed and abandoned, by category", "category_id", tallies => tallies.CartCategories, rankedInTable);

    /// <summary>By product id.</summary>
    /// <param name="rankedInTable">See <see cref="ReportOptions.RankedInTables"/>.</param>
    public static CartAbandonmentByNameReport ByProduct(int rankedInTable) => new(
        ReportNames.CartAbandonmentByProduct, "Carts purchased, removed and abandoned, by product", "product_id", tallies => tallies.CartProducts, rankedInTable);

    /// <inheritdoc/>
    public Report Compute(SiteTallies tallies)
    {
        var ranking = new Ranking<CartTally>(_tallies(tallies), tally => tally.Carts, SiteTalliesMerger.Add);
        return new Report(Name, tallies.AsOf, tallies.WatermarkMs, ReportJson.Text(writer => Write(writer, ranking)), Table(ranking));
    }

    private static void Write(Utf8JsonWriter writer, Ranking<CartTally> ranking)
    {
        writer.WriteStartObject();
        foreach (var (name, tally, _) in ranking.Top(InJson))
        {
            writer.WriteStartObject(name);
            CartOutcomes.Write(writer, tally);
            ReportJson.WriteShare(writer, "rate", CartOutcomes.Rate(tally));
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private ReportTable Table(Ranking<CartTally> ranking)
    {
        var rows = new List<object?[]>();
        ranking.AppendRows(rows, [], _rankedInTable, CartOutcomes.Numbers);
        return new ReportTable([new("rank", ReportColumnType.Integer), new(_column, ReportColumnType.Text), .. CartOutcomes.Columns], rows);
    }
}
