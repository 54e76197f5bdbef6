using System.Text.Json;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Reports;

/// <summary>
/// What became of carts, by the weekday or date, UTC, of their first cart event; those without carts are left out. Rate = abandoned / (abandoned +
/// purchased); none if both are 0. The table has a last row <c>all</c>.
/// </summary>
public sealed class CartAbandonmentByTimeReport : IReportDefinition
{
    private readonly string _column;
    private readonly Func<int, int> _ofHour;
    private readonly Func<int, string> _label;

    private CartAbandonmentByTimeReport(string name, string description, string column, Func<int, int> ofHour, Func<int, string> label)
    {
        Name = name;
        Description = description;
        _column = column;
        _ofHour = ofHour;
        _label = label;
    }

    /// <summary>By weekday, <c>Mon</c> to <c>Sun</c>.</summary>
    public static CartAbandonmentByTimeReport ByWeekday { get; } = new(
        ReportNames.CartAbandonmentByWeekday, "Carts purchased, removed and abandoned, by weekday", "weekday", hour => EventTime.Weekday(hour * EventTime.HourMs), EventTime.WeekdayName);

    /// <summary>By date.</summary>
    public static CartAbandonmentByTimeReport ByDay { get; } = new(
        ReportNames.CartAbandonmentByDay, "Carts purchased, removed and abandoned, by UTC date", "date", EventTime.DayOfHour, EventTime.DayName);

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public TallyParts Parts => TallyParts.Carts;

    /// <inheritdoc/>
    public Report Compute(SiteTallies tallies)
    {
        var sums = CartOutcomes.By(tallies.CartHours, _ofHour);
        return new Report(Name, tallies.AsOf, tallies.WatermarkMs, ReportJson.Text(writer => Write(writer, sums)), Table(sums));
    }

    private void Write(Utf8JsonWriter writer, SortedDictionary<int, CartTally> sums)
    {
        writer.WriteStartObject();
        foreach (var (key, tally) in sums)
        {
            writer.WriteStartObject(_label(key));
            CartOutcomes.Write(writer, tally);
            ReportJson.WriteShare(writer, "rate", CartOutcomes.Rate(tally));
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private ReportTable Table(SortedDictionary<int, CartTally> sums) => new(
        [new(_column, ReportColumnType.Text), .. CartOutcomes.Columns],
        [.. sums.Select(pair => (object?[])[_label(pair.Key), .. CartOutcomes.Numbers(pair.Value)]), ["all", .. CartOutcomes.Numbers(CartOutcomes.All(sums.Values))]]);
}
