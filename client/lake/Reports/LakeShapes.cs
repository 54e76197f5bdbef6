using System.Text.Json;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Lake;

/// <summary>The JSON of each report that has a shape of its own, from the rows of its table.</summary>
internal static partial class LakeShapes
{
    private const int CategoriesInJson = 10;
    private const int RankedInJson = 20;
    private const int SpendersInJson = 10;

    /// <summary><c>{received, accepted, duplicates, rejected: {reason: events}}</c></summary>
    public static void Ingest(Utf8JsonWriter writer, ReportTable table)
    {
        const string Reason = "rejected.";
        var rows = LakeRow.Of(table).ToDictionary(row => row.Text("outcome"), row => row.Integer("events"));
        writer.WriteStartObject();
        foreach (var outcome in new[] { "received", "accepted", "duplicates" })
        {
            writer.WriteNumber(outcome, rows[outcome]);
        }

        writer.WriteStartObject("rejected");
        foreach (var (outcome, events) in rows.Where(row => row.Key.StartsWith(Reason, StringComparison.Ordinal)))
        {
            writer.WriteNumber(outcome[Reason.Length..], events);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary><c>{users, products, categories, brands, sessions, kinds: {kind: events}, revenue}</c></summary>
    public static void Totals(Utf8JsonWriter writer, ReportTable table)
    {
        const string Kind = "events.";
        var rows = LakeRow.Of(table).ToDictionary(row => row.Text("measure"), row => row.Decimal("value"));
        writer.WriteStartObject();
        foreach (var measure in new[] { "users", "products", "categories", "brands", "sessions" })
        {
            writer.WriteNumber(measure, (long)rows[measure]);
        }

        writer.WriteStartObject("kinds");
        foreach (var (measure, events) in rows.Where(row => row.Key.StartsWith(Kind, StringComparison.Ordinal)))
        {
            writer.WriteNumber(measure[Kind.Length..], (long)events);
        }

        writer.WriteEndObject();
        LakeJson.WriteDecimal(writer, "revenue", rows["revenue"]);
        writer.WriteEndObject();
    }

    /// <summary><c>{date: visitors}</c></summary>
    public static void UniqueVisitors(Utf8JsonWriter writer, ReportTable table)
    {
        writer.WriteStartObject();
        foreach (var row in LakeRow.Of(table))
        {
            writer.WriteNumber(row.Text("date"), row.Integer("visitors"));
        }

        writer.WriteEndObject();
    }

    /// <summary><c>{date: {kind: events}}</c></summary>
    public static void DailyEvents(Utf8JsonWriter writer, ReportTable table) => Groups(writer, table, "date", rows =>
    {
        writer.WriteStartObject();
        foreach (var row in rows)
        {
            writer.WriteNumber(row.Text("kind"), row.Integer("events"));
        }

        writer.WriteEndObject();
    });

    /// <summary><c>{"hour kind": {events, sum_price, avg_price}}</c></summary>
    public static void HourProfile(Utf8JsonWriter writer, ReportTable table)
    {
        writer.WriteStartObject();
        foreach (var row in LakeRow.Of(table))
        {
            writer.WriteStartObject($"{row.Text("hour")} {row.Text("kind")}");
            writer.WriteNumber("events", row.Integer("events"));
            LakeJson.WriteDecimal(writer, "sum_price", row.Decimal("sum_price"));
            LakeJson.WriteDecimal(writer, "avg_price", row.Decimal("avg_price"));
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    /// <summary><c>{hour: [[category, events]]}</c>, ten of each hour.</summary>
    public static void CategoriesByHour(Utf8JsonWriter writer, ReportTable table) => Categories(writer, table, "hour");

    /// <summary><c>{weekday: [[category, events]]}</c>, ten of each weekday.</summary>
    public static void CategoriesByWeekday(Utf8JsonWriter writer, ReportTable table) => Categories(writer, table, "weekday");

    /// <summary><c>{sub_category: {kind: events}}</c>, the twenty with the most views.</summary>
    public static void SubCategories(Utf8JsonWriter writer, ReportTable table)
    {
        writer.WriteStartObject();
        foreach (var row in LakeRow.Of(table).Take(RankedInJson))
        {
            writer.WriteStartObject(row.Text("sub_category"));
            LakeJson.WriteKinds(writer, row);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    /// <summary><c>{brand: {kind: events, revenue}}</c>, the twenty with the most views.</summary>
    public static void Brands(Utf8JsonWriter writer, ReportTable table)
    {
        writer.WriteStartObject();
        foreach (var row in LakeRow.Of(table).Take(RankedInJson))
        {
            writer.WriteStartObject(row.Text("brand"));
            LakeJson.WriteKinds(writer, row);
            LakeJson.WriteDecimal(writer, "revenue", row.Decimal("revenue"));
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    /// <summary><c>{carts, purchased, removed, abandoned, rate, by_hour: {hour: {outcome: carts}}}</c></summary>
    public static void CartAbandonment(Utf8JsonWriter writer, ReportTable table)
    {
        var rows = LakeRow.Of(table).ToList();
        writer.WriteStartObject();
        writer.WriteNumber("carts", rows[^1].Integer("carts"));
        LakeJson.WriteOutcomes(writer, rows[^1]);
        LakeJson.WriteDecimal(writer, "rate", rows[^1].DecimalOrNull("rate"));
        writer.WriteStartObject("by_hour");
        foreach (var row in rows.SkipLast(1))
        {
            writer.WriteStartObject(row.Text("hour"));
            LakeJson.WriteOutcomes(writer, row);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary><c>{sessions, view, cart, purchase}</c></summary>
    public static void Funnel(Utf8JsonWriter writer, ReportTable table)
    {
        writer.WriteStartObject();
        foreach (var row in LakeRow.Of(table))
        {
            writer.WriteNumber(row.Text("step"), row.Integer("sessions"));
        }

        writer.WriteEndObject();
    }

    /// <summary><c>{rows, total, top: [[date, customer, spent]]}</c>, the ten highest of all days.</summary>
    public static void DailyCustomerSpend(Utf8JsonWriter writer, ReportTable table)
    {
        writer.WriteStartObject();
        writer.WriteNumber("rows", table.Rows.Count);
        LakeJson.WriteDecimal(writer, "total", LakeRow.Of(table).Sum(row => row.Decimal("total_spent")));
        writer.WriteStartArray("top");

        // The table is ordered by date and customer, and the sort is stable.
        foreach (var row in LakeRow.Of(table).OrderByDescending(row => row.Decimal("total_spent")).Take(SpendersInJson))
        {
            writer.WriteStartArray();
            writer.WriteStringValue(row.Text("date"));
            writer.WriteStringValue(row.Text("customer_id"));
            LakeJson.WriteDecimal(writer, row.Decimal("total_spent"));
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>A number.</summary>
    public static void OverTheRate(Utf8JsonWriter writer, ReportTable table) => writer.WriteNumberValue(LakeRow.Of(table).Single().Integer("windows"));

    private static void Categories(Utf8JsonWriter writer, ReportTable table, string bucket) => Groups(writer, table, bucket, rows =>
    {
        writer.WriteStartArray();
        foreach (var row in rows.Take(CategoriesInJson))
        {
            writer.WriteStartArray();
            writer.WriteStringValue(row.Text("category_id"));
            writer.WriteNumberValue(row.Integer("events"));
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    });

    private static void Groups(Utf8JsonWriter writer, ReportTable table, string key, Action<IEnumerable<LakeRow>> write)
    {
        writer.WriteStartObject();
        foreach (var group in LakeRow.Of(table).GroupBy(row => row.Text(key)))
        {
            writer.WritePropertyName(group.Key);
            write(group);
        }

        writer.WriteEndObject();
    }
}
