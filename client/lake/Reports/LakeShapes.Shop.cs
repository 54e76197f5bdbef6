using System.Globalization;
using System.Text.Json;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Lake;

/// <summary>The JSON of the reports on what sells and what does not.</summary>
internal static partial class LakeShapes
{
    private const int MoversInJson = 10;
    private const int PagesInJson = 20;

    /// <summary>
    /// <c>{overall_conversion, brands: [{brand, view, purchase, conversion, upper_bound}]}</c>. Rows without brand tell the overall conversion alone.
    /// </summary>
    public static void BrandsNeedingMarketing(Utf8JsonWriter writer, ReportTable table)
    {
        var rows = LakeRow.Of(table).ToList();
        writer.WriteStartObject();
        LakeJson.WriteDecimal(writer, "overall_conversion", rows[^1].Decimal("overall_conversion"));
        writer.WriteStartArray("brands");
        foreach (var row in rows.Where(HasRank))
        {
            writer.WriteStartObject();
            writer.WriteString("brand", row.Text("brand"));
            writer.WriteNumber("view", row.Integer("views"));
            writer.WriteNumber("purchase", row.Integer("purchases"));
            LakeJson.WriteDecimal(writer, "conversion", row.DecimalOrNull("conversion"));
            LakeJson.WriteDecimal(writer, "upper_bound", row.Decimal("upper_bound"));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary><c>{weekday: {view, cart, purchase, conversion}}</c></summary>
    public static void WeekdayConversion(Utf8JsonWriter writer, ReportTable table)
    {
        writer.WriteStartObject();
        foreach (var row in LakeRow.Of(table))
        {
            writer.WriteStartObject(row.Text("weekday"));
            writer.WriteNumber("view", row.Integer("views"));
            writer.WriteNumber("cart", row.Integer("carts"));
            writer.WriteNumber("purchase", row.Integer("purchases"));
            LakeJson.WriteDecimal(writer, "conversion", row.DecimalOrNull("conversion"));
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    /// <summary>
    /// <c>{comparison: {from, through, before_from, before_through, up: [{category_id, before, now}], down: […]}}</c>, ten each. Rows without category tell
    /// the dates alone.
    /// </summary>
    public static void Movers(Utf8JsonWriter writer, ReportTable table) => Groups(writer, table, "comparison", group =>
    {
        var rows = group.ToList();
        var (from, through) = (Date(rows[^1].Text("from")), Date(rows[^1].Text("through")));
        writer.WriteStartObject();
        writer.WriteString("from", Name(from));
        writer.WriteString("through", Name(through));
        writer.WriteString("before_from", Name(from.AddDays(from.DayNumber - through.DayNumber - 1)));
        writer.WriteString("before_through", Name(from.AddDays(-1)));
        Moved(writer, "up", rows.Where(row => HasRank(row) && row.Integer("change") > 0));
        Moved(writer, "down", rows.Where(row => HasRank(row) && row.Integer("change") < 0));
        writer.WriteEndObject();
    });

    /// <summary><c>{label: {outcome: carts, rate}}</c>; the labels are those of a column, of all rows but the last, which sums them up.</summary>
    public static Action<Utf8JsonWriter, ReportTable> CartsByTime(string column) => (writer, table) => Carts(writer, LakeRow.Of(table).SkipLast(1), column);

    /// <summary>The same of the twenty first rows.</summary>
    public static Action<Utf8JsonWriter, ReportTable> CartsByName(string column) => (writer, table) => Carts(writer, LakeRow.Of(table).Take(RankedInJson), column);

    /// <summary><c>{date: {sessions, view, cart, purchase}}</c></summary>
    public static void FunnelByDay(Utf8JsonWriter writer, ReportTable table) => Funnels(writer, LakeRow.Of(table), "date");

    /// <summary><c>{category: {sessions, view, cart, purchase}}</c>, the twenty with the most sessions.</summary>
    public static void FunnelByCategory(Utf8JsonWriter writer, ReportTable table) => Funnels(writer, LakeRow.Of(table).Take(RankedInJson), "category_id");

    /// <summary><c>{interactions, users, most_visited, seconds_per_user, average_seconds: {url: seconds}}</c>, the twenty most visited.</summary>
    public static void Pages(Utf8JsonWriter writer, ReportTable table)
    {
        var rows = LakeRow.Of(table).ToList();
        writer.WriteStartObject();
        writer.WriteNumber("interactions", rows[^1].Integer("visits"));
        writer.WriteNumber("users", rows[^1].Integer("users"));
        writer.WriteString("most_visited", rows.Count > 1 ? rows[0].Text("url") : null);
        LakeJson.WriteDecimal(writer, "seconds_per_user", rows[^1].DecimalOrNull("seconds_per_user"));
        writer.WriteStartObject("average_seconds");
        foreach (var row in rows.SkipLast(1).Take(PagesInJson))
        {
            LakeJson.WriteDecimal(writer, row.Text("url"), row.DecimalOrNull("average_seconds"));
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>A row that is ranked; others say something about the whole.</summary>
    public static bool HasRank(LakeRow row) => row.IntegerOrNull("rank") is not null;

    private static void Carts(Utf8JsonWriter writer, IEnumerable<LakeRow> rows, string column)
    {
        writer.WriteStartObject();
        foreach (var row in rows)
        {
            writer.WriteStartObject(row.Text(column));
            LakeJson.WriteOutcomes(writer, row);
            LakeJson.WriteDecimal(writer, "rate", row.DecimalOrNull("rate"));
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void Funnels(Utf8JsonWriter writer, IEnumerable<LakeRow> rows, string column)
    {
        writer.WriteStartObject();
        foreach (var row in rows)
        {
            writer.WriteStartObject(row.Text(column));
            foreach (var step in new[] { "sessions", "view", "cart", "purchase" })
            {
                writer.WriteNumber(step, row.Integer(step));
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void Moved(Utf8JsonWriter writer, string direction, IEnumerable<LakeRow> rows)
    {
        writer.WriteStartArray(direction);
        foreach (var row in rows.Take(MoversInJson))
        {
            writer.WriteStartObject();
            writer.WriteString("category_id", row.Text("category_id"));
            writer.WriteNumber("before", row.Integer("events_before"));
            writer.WriteNumber("now", row.Integer("events"));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static DateOnly Date(string name) => DateOnly.ParseExact(name, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Name(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
