using System.Globalization;
using System.Text.Json;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Reports;

/// <summary>
/// The categories with the most events in each hour of day or on each weekday; ties by category id. The JSON lists ten of each, the table all up to
/// the limit, with events by kind and revenue.
/// </summary>
public sealed class TopCategoriesReport : IReportDefinition
{
    private const int InJson = 10;

    private readonly string _bucketColumn;
    private readonly Func<CategoryTally, KindTally?[]> _buckets;
    private readonly string[] _labels;
    private readonly int _rankedInTable;

    private TopCategoriesReport(
        string name, string description, string bucketColumn, string[] labels, Func<CategoryTally, KindTally?[]> buckets, int rankedInTable)
    {
        Name = name;
        Description = description;
        _bucketColumn = bucketColumn;
        _labels = labels;
        _buckets = buckets;
        _rankedInTable = rankedInTable;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public TallyParts Parts => TallyParts.Categories;

    /// <summary>By hour of day, <c>00</c> to <c>23</c> UTC.</summary>
    /// <param name="rankedInTable">See <see cref="ReportOptions.RankedInTables"/>.</param>
    public static TopCategoriesReport ByHour(int rankedInTable) => new(
        ReportNames.TopCategoriesByHour,
        "Categories with the most events for each hour of day",
        "hour",
        Enumerable.Range(0, 24).Select(hour => hour.ToString("00", CultureInfo.InvariantCulture)).ToArray(),
        tally => tally.HourOfDay,
        rankedInTable);

    /// <summary>By weekday, <c>Mon</c> to <c>Sun</c>.</summary>
    /// <param name="rankedInTable">See <see cref="ReportOptions.RankedInTables"/>.</param>
    public static TopCategoriesReport ByWeekday(int rankedInTable) => new(
        ReportNames.TopCategoriesByWeekday,
        "Categories with the most events for each weekday",
        "weekday",
        Enumerable.Range(0, 7).Select(EventTime.WeekdayName).ToArray(),
        tally => tally.Weekday,
        rankedInTable);

    /// <inheritdoc/>
    public Report Compute(SiteTallies tallies)
    {
        var rankings = new Ranking<KindTally>[_labels.Length];
        for (var bucket = 0; bucket < rankings.Length; bucket++)
        {
            rankings[bucket] = Ranking.Of(Bucket(tallies, bucket), Ranking.Events);
        }

        return new Report(Name, tallies.AsOf, tallies.WatermarkMs, ReportJson.Text(writer => Write(writer, rankings)), Table(rankings));
    }

    private IEnumerable<KeyValuePair<string, KindTally>> Bucket(SiteTallies tallies, int bucket)
    {
        foreach (var (category, tally) in tallies.Categories)
        {
            if (_buckets(tally)[bucket] is { } inBucket)
            {
                yield return new(category, inBucket);
            }
        }
    }

    private void Write(Utf8JsonWriter writer, Ranking<KindTally>[] rankings)
    {
        writer.WriteStartObject();
        for (var bucket = 0; bucket < rankings.Length; bucket++)
        {
            if (rankings[bucket].IsEmpty)
            {
                continue;
            }

            writer.WriteStartArray(_labels[bucket]);
            foreach (var (category, _, events) in rankings[bucket].Top(InJson))
            {
                writer.WriteStartArray();
                writer.WriteStringValue(category);
                writer.WriteNumberValue(events);
                writer.WriteEndArray();
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private ReportTable Table(Ranking<KindTally>[] rankings)
    {
        var rows = new List<object?[]>();
        for (var bucket = 0; bucket < rankings.Length; bucket++)
        {
            rankings[bucket].AppendRows(rows, [_labels[bucket]], _rankedInTable, static tally =>
            [
                Ranking.Events(tally),
                tally.Events[EventKind.View.Index()],
                tally.Events[EventKind.Cart.Index()],
                tally.Events[EventKind.RemoveFromCart.Index()],
                tally.Events[EventKind.Purchase.Index()],
                tally.Revenue.Amount,
            ]);
        }

        return new ReportTable(
            new ReportColumn[]
            {
                new(_bucketColumn, ReportColumnType.Text),
                new("rank", ReportColumnType.Integer),
                new("category_id", ReportColumnType.Text),
                new("events", ReportColumnType.Integer),
                new("views", ReportColumnType.Integer),
                new("carts", ReportColumnType.Integer),
                new("removals", ReportColumnType.Integer),
                new("purchases", ReportColumnType.Integer),
                new("revenue", ReportColumnType.Decimal),
            },
            rows);
    }
}
