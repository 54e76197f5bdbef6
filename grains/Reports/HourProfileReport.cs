using System.Globalization;
using System.Text.Json;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Reports;

/// <summary>
/// Events, sum of price and average price (sum / events, rounded to four decimals, half to even) by hour of day, UTC, and kind. The JSON has a key for each
/// hour and kind with events: <c>02 cart</c>.
/// </summary>
public sealed class HourProfileReport : IReportDefinition
{
    private const int AverageDecimals = 4;

    /// <inheritdoc/>
    public string Name => ReportNames.HourProfile;

    /// <inheritdoc/>
    public string Description => "Events, sum of price and average price by hour of day and kind";

    /// <inheritdoc/>
    public TallyParts Parts => TallyParts.Hours;

    /// <inheritdoc/>
    public Report Compute(SiteTallies tallies)
    {
        var hours = new KindTally?[24];
        foreach (var (hour, tally) in tallies.Hours)
        {
            (hours[EventTime.HourOfDayOfHour(hour)] ??= new KindTally()).Add(tally);
        }

        return new Report(Name, tallies.AsOf, tallies.WatermarkMs, ReportJson.Text(writer => Write(writer, hours)), Table(hours));
    }

    private static void Write(Utf8JsonWriter writer, KindTally?[] hours)
    {
        writer.WriteStartObject();
        foreach (var (hour, kind, events, sum) in Rows(hours))
        {
            writer.WriteStartObject($"{hour} {kind}");
            writer.WriteNumber("events", events);
            ReportJson.WriteMoney(writer, "sum_price", sum);
            ReportJson.WriteShare(writer, "avg_price", Average(sum, events));
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static ReportTable Table(KindTally?[] hours) => new(
        new ReportColumn[]
        {
            new("hour", ReportColumnType.Text),
            new("kind", ReportColumnType.Text),
            new("events", ReportColumnType.Integer),
            new("sum_price", ReportColumnType.Decimal),
            new("avg_price", ReportColumnType.Decimal),
        },
        Rows(hours).Select(row => new object?[] { row.Hour, row.Kind, row.Events, row.Sum.Amount, Average(row.Sum, row.Events) }).ToArray());

    private static IEnumerable<(string Hour, string Kind, long Events, Money Sum)> Rows(KindTally?[] hours)
    {
        for (var hour = 0; hour < hours.Length; hour++)
        {
            foreach (var kind in EventKinds.All)
            {
                if (hours[hour]?.Events[kind.Index()] is > 0 and var events)
                {
                    yield return (hour.ToString("00", CultureInfo.InvariantCulture), kind.Name(), events, hours[hour]!.Price[kind.Index()]);
                }
            }
        }
    }

    private static decimal Average(Money sum, long events) => decimal.Round(sum.Amount / events, AverageDecimals, MidpointRounding.ToEven);
}
