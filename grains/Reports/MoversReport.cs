using System.Text.Json;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Reports;

/// <summary>
/// Categories by change of events: the latest day with events against the day before it (<c>day</c>), and the seven days that end with it against the seven
/// before them (<c>period</c>). The latest day is over only if its events have all come. The JSON lists the ten that rose and the ten that fell the most,
/// ties by id; the table all that changed, up to the limit, greatest change first, with change_rate = change / events before, none if there were none.
/// </summary>
/// <param name="rankedInTable">See <see cref="ReportOptions.RankedInTables"/>.</param>
public sealed class MoversReport(int rankedInTable) : IReportDefinition
{
    /// <summary>Days of a period. Two of them have to be known by category.</summary>
    public const int PeriodDays = 7;

    private const int InJson = 10;

    /// <inheritdoc/>
    public string Name => ReportNames.Movers;

    /// <inheritdoc/>
    public string Description => "Categories whose events rose or fell the most, day over day and week over week";

    /// <inheritdoc/>
    public TallyParts Parts => TallyParts.CategoryDays;

    /// <inheritdoc/>
    public Report Compute(SiteTallies tallies)
    {
        var latest = tallies.CategoryDays.Values.SelectMany(days => days.Keys).DefaultIfEmpty(int.MinValue).Max();
        Comparison[] comparisons = latest == int.MinValue
            ? []
            : [Compare("day", tallies.CategoryDays, latest, 1), Compare("period", tallies.CategoryDays, latest, PeriodDays)];
        return new Report(Name, tallies.AsOf, tallies.WatermarkMs, ReportJson.Text(writer => Write(writer, comparisons)), Table(comparisons));
    }

    private static Comparison Compare(string name, Dictionary<string, Dictionary<int, long>> categories, int latest, int days)
    {
        var changes = new Dictionary<string, Change>();
        foreach (var (category, events) in categories)
        {
            var change = new Change();
            for (var day = latest - days + 1; day <= latest; day++)
            {
                change.Now += events.GetValueOrDefault(day);
                change.Before += events.GetValueOrDefault(day - days);
            }

            if (change.By != 0)
            {
                changes.Add(category, change);
            }
        }

        return new Comparison(name, latest - days + 1, latest, latest - (2 * days) + 1, latest - days, changes);
    }

    private static void Write(Utf8JsonWriter writer, Comparison[] comparisons)
    {
        writer.WriteStartObject();
        foreach (var one in comparisons)
        {
            writer.WriteStartObject(one.Name);
            writer.WriteString("from", EventTime.DayName(one.From));
            writer.WriteString("through", EventTime.DayName(one.Through));
            writer.WriteString("before_from", EventTime.DayName(one.BeforeFrom));
            writer.WriteString("before_through", EventTime.DayName(one.BeforeThrough));
            Write(writer, "up", one.Ranked(change => change.By > 0));
            Write(writer, "down", one.Ranked(change => change.By < 0));
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string direction, Ranking<Change> ranking)
    {
        writer.WriteStartArray(direction);
        foreach (var (category, change, _) in ranking.Top(InJson))
        {
            writer.WriteStartObject();
            writer.WriteString("category_id", category);
            writer.WriteNumber("before", change.Before);
            writer.WriteNumber("now", change.Now);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private ReportTable Table(Comparison[] comparisons)
    {
        var rows = new List<object?[]>();
        foreach (var one in comparisons)
        {
            one.Ranked(_ => true).AppendRows(
                rows,
                [one.Name, EventTime.DayName(one.From), EventTime.DayName(one.Through)],
                rankedInTable,
                static change => [change.Before, change.Now, change.By, ReportJson.Share(change.By, change.Before)]);
        }

        return new ReportTable(
            new ReportColumn[]
            {
                new("comparison", ReportColumnType.Text),
                new("from", ReportColumnType.Text),
                new("through", ReportColumnType.Text),
                new("rank", ReportColumnType.Integer),
                new("category_id", ReportColumnType.Text),
                new("events_before", ReportColumnType.Integer),
                new("events", ReportColumnType.Integer),
                new("change", ReportColumnType.Integer),
                new("change_rate", ReportColumnType.Decimal),
            },
            rows);
    }

    private sealed record Change
    {
        public long Before { get; set; }

        public long Now { get; set; }

        public long By => Now - Before;
    }

    private sealed record Comparison(string Name, int From, int Through, int BeforeFrom, int BeforeThrough, Dictionary<string, Change> Changes)
    {
        public Ranking<Change> Ranked(Func<Change, bool> which) => new(Changes.Where(pair => which(pair.Value)), change => Math.Abs(change.By), (into, other) =>
        {
            into.Before += other.Before;
            into.Now += other.Now;
        });
    }
}
