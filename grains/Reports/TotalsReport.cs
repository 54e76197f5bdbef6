using System.Text.Json;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Reports;

/// <summary>The site in a few numbers, over all time.</summary>
public sealed class TotalsReport : IReportDefinition
{
    /// <inheritdoc/>
    public string Name => ReportNames.Totals;

    /// <inheritdoc/>
    public string Description => "Distinct users, products, categories and brands; sessions, events by kind, revenue";

    /// <inheritdoc/>
    public TallyParts Parts => TallyParts.Totals | TallyParts.Hours | TallyParts.Categories | TallyParts.Brands;

    /// <inheritdoc/>
    public Report Compute(SiteTallies tallies)
    {
        var sum = new KindTally();
        foreach (var hour in tallies.Hours.Values)
        {
            sum.Add(hour);
        }

        return new Report(Name, tallies.AsOf, tallies.WatermarkMs, ReportJson.Text(writer => Write(writer, tallies, sum)), Table(tallies, sum));
    }

    private static void Write(Utf8JsonWriter writer, SiteTallies tallies, KindTally sum)
    {
        writer.WriteStartObject();
        writer.WriteNumber("users", tallies.Users);
        writer.WriteNumber("products", tallies.ProductHashes.Count);
        writer.WriteNumber("categories", tallies.Categories.Count);
        writer.WriteNumber("brands", tallies.Brands.Count);
        writer.WriteNumber("sessions", tallies.Sessions);
        writer.WriteStartObject("kinds");
        ReportJson.WriteKinds(writer, sum);
        writer.WriteEndObject();
        ReportJson.WriteMoney(writer, "revenue", sum.Revenue);
        writer.WriteEndObject();
    }

    private static ReportTable Table(SiteTallies tallies, KindTally sum)
    {
        var rows = new List<object?[]>
        {
            new object?[] { "users", (decimal)tallies.Users },
            new object?[] { "products", (decimal)tallies.ProductHashes.Count },
            new object?[] { "categories", (decimal)tallies.Categories.Count },
            new object?[] { "brands", (decimal)tallies.Brands.Count },
            new object?[] { "sessions", (decimal)tallies.Sessions },
        };
        rows.AddRange(EventKinds.All
            .Where(kind => sum.Events[kind.Index()] != 0)
            .Select(kind => new object?[] { $"events.{kind.Name()}", (decimal)sum.Events[kind.Index()] }));
        rows.Add(new object?[] { "revenue", sum.Revenue.Amount });
        return new ReportTable(
            new ReportColumn[] { new("measure", ReportColumnType.Text), new("value", ReportColumnType.Decimal) },
            rows);
    }
}
