using System.Text.Json;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Reports;

/// <summary>
/// What each customer spent on each UTC date: sum of price × quantity of purchases. The JSON says how many rows there are, the total, and the ten highest,
/// ties by date, then customer. The table has all of them by date and customer; what partitions hold no rows for any more follows as one row without date and customer,
/// and is part of the total.
/// </summary>
public sealed class DailyCustomerSpendReport : IReportDefinition
{
    private const int InJson = 10;

    /// <inheritdoc/>
    public string Name => ReportNames.DailyCustomerSpend;

    /// <inheritdoc/>
    public string Description => "What each customer spent on each date";

    /// <inheritdoc/>
    public TallyParts Parts => TallyParts.Spend;

    /// <inheritdoc/>
    public Report Compute(SiteTallies tallies)
    {
        var rows = tallies.Spend.SelectMany(day => day.Value.Select(customer => new Row(day.Key, customer.Key, customer.Value))).ToArray();
        var total = rows.Aggregate(tallies.SpendUnlisted, (sum, row) => sum + row.Spent);
        Array.Sort(rows, static (left, right) => left.Day != right.Day ? left.Day.CompareTo(right.Day) : string.CompareOrdinal(left.Customer, right.Customer));
        return new Report(Name, tallies.AsOf, tallies.WatermarkMs, ReportJson.Text(writer => Write(writer, rows, total)), Table(rows, tallies.SpendUnlisted));
    }

    private static void Write(Utf8JsonWriter writer, Row[] rows, Money total)
    {
        writer.WriteStartObject();
        writer.WriteNumber("rows", rows.Length);
        ReportJson.WriteMoney(writer, "total", total);
        writer.WriteStartArray("top");
        foreach (var row in rows.OrderByDescending(row => row.Spent).Take(InJson))
        {
            writer.WriteStartArray();
            writer.WriteStringValue(EventTime.DayName(row.Day));
            writer.WriteStringValue(row.Customer);
            ReportJson.WriteMoneyValue(writer, row.Spent);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static ReportTable Table(Row[] rows, Money unlisted)
    {
        var cells = new List<object?[]>(rows.Length + 1);
        var (day, name) = (int.MinValue, "");
        foreach (var row in rows)
        {
            if (row.Day != day)
            {
                (day, name) = (row.Day, EventTime.DayName(row.Day));
            }

            cells.Add([name, row.Customer, row.Spent.Amount]);
        }

        if (unlisted != Money.Zero)
        {
            cells.Add([null, null, unlisted.Amount]);
        }

        return new ReportTable(
            new ReportColumn[] { new("date", ReportColumnType.Text), new("customer_id", ReportColumnType.Text), new("total_spent", ReportColumnType.Decimal) },
            cells);
    }

    private readonly record struct Row(int Day, string Customer, Money Spent);
}
