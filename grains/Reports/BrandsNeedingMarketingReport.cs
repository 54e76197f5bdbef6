using System.Text.Json;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Reports;

/// <summary>
/// Brands that are much looked at and surely convert less than the rest: of those with at least 100 views, the ones whose upper bound of conversion
/// (purchases / views) lies below the conversion of all brands together. Most viewed first, ties by name. The bound is that of the two-sided 95 % interval of
/// E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the American Statistical Association 22 (1927), 209-212.
/// </summary>
public sealed class BrandsNeedingMarketingReport : IReportDefinition
{
    private const long FewestViews = 100;

    // The normal distribution's quantile of 97.5 %.
    private const double Z = 1.959963984540054;

    /// <inheritdoc/>
    public string Name => ReportNames.BrandsNeedingMarketing;

    /// <inheritdoc/>
    public string Description => "Much viewed brands that convert less than all brands together";

    /// <inheritdoc/>
    public TallyParts Parts => TallyParts.Brands;

    /// <inheritdoc/>
    public Report Compute(SiteTallies tallies)
    {
        var all = new KindTally();
        foreach (var brand in tallies.Brands.Values)
        {
            all.Add(brand);
        }

        var overall = ReportJson.Share(Purchases(all), Ranking.Views(all)) ?? 0;
        var needing = new List<Brand>();
        foreach (var (name, tally, views) in Ranking.Of(tallies.Brands, Ranking.Views).Top(tallies.Brands.Count))
        {
            if (views < FewestViews)
            {
                break;
            }

            var bound = UpperBound(Purchases(tally), views);
            if (bound < (double)Purchases(all) / Ranking.Views(all))
            {
                needing.Add(new Brand(name, views, Purchases(tally), (decimal)Math.Round(bound, 6)));
            }
        }

        return new Report(Name, tallies.AsOf, tallies.WatermarkMs, ReportJson.Text(writer => Write(writer, overall, needing)), Table(overall, needing));
    }

    /// <summary>The upper bound of a share of which <paramref name="hits"/> of <paramref name="tries"/> were seen; hits beyond the tries count as all.</summary>
    internal static double UpperBound(long hits, long tries)
    {
        double n = tries;
        var share = Math.Min(1, hits / n);
        var middle = share + (Z * Z / (2 * n));
        var half = Z * Math.Sqrt(((share * (1 - share)) + (Z * Z / (4 * n))) / n);
        return (middle + half) / (1 + (Z * Z / n));
    }

    private static long Purchases(KindTally tally) => tally.Events[EventKind.Purchase.Index()];

    private static void Write(Utf8JsonWriter writer, decimal overall, List<Brand> needing)
    {
        writer.WriteStartObject();
        ReportJson.WriteShare(writer, "overall_conversion", overall);
        writer.WriteStartArray("brands");
        foreach (var brand in needing)
        {
            writer.WriteStartObject();
            writer.WriteString("brand", brand.Name);
            writer.WriteNumber("view", brand.Views);
            writer.WriteNumber("purchase", brand.Purchases);
            ReportJson.WriteShare(writer, "conversion", ReportJson.Share(brand.Purchases, brand.Views));
            ReportJson.WriteShare(writer, "upper_bound", brand.UpperBound);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static ReportTable Table(decimal overall, List<Brand> needing) => new(
        new ReportColumn[]
        {
            new("rank", ReportColumnType.Integer),
            new("brand", ReportColumnType.Text),
            new("views", ReportColumnType.Integer),
            new("purchases", ReportColumnType.Integer),
            new("conversion", ReportColumnType.Decimal),
            new("upper_bound", ReportColumnType.Decimal),
            new("overall_conversion", ReportColumnType.Decimal),
        },
        needing.Select((brand, index) => new object?[]
        {
            index + 1L, brand.Name, brand.Views, brand.Purchases, ReportJson.Share(brand.Purchases, brand.Views), brand.UpperBound, overall,
        }).ToArray());

    private sealed record Brand(string Name, long Views, long Purchases, decimal UpperBound);
}
