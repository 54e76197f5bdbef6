using System.Text.Json;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Reports;

/// <summary>
/// Views, carts and purchases on each weekday, <c>Mon</c> to <c>Sun</c> UTC; weekdays without any of them are left out. conversion = purchases / views, none
/// without views.
/// </summary>
public sealed class WeekdayConversionReport : IReportDefinition
{
    /// <inheritdoc/>
    public string Name => ReportNames.WeekdayConversion;

    /// <inheritdoc/>
    public string Description => "Views, carts and purchases by weekday";

    /// <inheritdoc/>
    public TallyParts Parts => TallyParts.Hours;

    /// <inheritdoc/>
    public Report Compute(SiteTallies tallies)
    {
        var days = new KindTally[7];
        for (var day = 0; day < days.Length; day++)
        {
            days[day] = new KindTally();
        }

        foreach (var (hour, tally) in tallies.Hours)
        {
            days[EventTime.Weekday(hour * EventTime.HourMs)].Add(tally);
        }

        var rows = days.Select((tally, day) => new Volumes(
                EventTime.WeekdayName(day), Ranking.Views(tally), tally.Events[EventKind.Cart.Index()], tally.Events[EventKind.Purchase.Index()]))
            .Where(row => row.Views + row.Carts + row.Purchases > 0)
            .ToArray();
        return new Report(Name, tallies.AsOf, tallies.WatermarkMs, ReportJson.Text(writer => Write(writer, rows)), Table(rows));
    }

    private static void Write(Utf8JsonWriter writer, Volumes[] rows)
    {
        writer.WriteStartObject();
        foreach (var row in rows)
        {
            writer.WriteStartObject(row.Weekday);
            writer.WriteNumber("view", row.Views);
            writer.WriteNumber("cart", row.Carts);
            writer.WriteNumber("purchase", row.Purchases);
            ReportJson.WriteShare(writer, "conversion", ReportJson.Share(row.Purchases, row.Views));
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static ReportTable Table(Volumes[] rows) => new(
        new ReportColumn[]
        {
            new("weekday", ReportColumnType.Text),
            new("views", ReportColumnType.Integer),
            new("carts", ReportColumnType.Integer),
            new("purchases", ReportColumnType.Integer),
            new("conversion", ReportColumnType.Decimal),
        },
        rows.Select(row => new object?[] { row.Weekday, row.Views, row.Carts, row.Purchases, ReportJson.Share(row.Purchases, row.Views) }).ToArray());

    private readonly record struct Volumes(string Weekday, long Views, long Carts, long Purchases);
}
