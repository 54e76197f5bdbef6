using System.Text.Json;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Reports;

/// <summary>What became of the events that arrived. Received = accepted + duplicates + rejected.</summary>
public sealed class IngestReport : IReportDefinition
{
    /// <inheritdoc/>
    public string Name => ReportNames.Ingest;

    /// <inheritdoc/>
    public string Description => "Events received: accepted, dropped as duplicates, rejected by reason";

    /// <inheritdoc/>
    public TallyParts Parts => TallyParts.None;

    /// <inheritdoc/>
    public Report Compute(SiteTallies tallies)
    {
        var counts = tallies.Ingest;
        var rejected = counts.Rejected.Where(pair => pair.Value != 0).OrderBy(pair => pair.Key).ToArray();
        return new Report(Name, tallies.AsOf, tallies.WatermarkMs, ReportJson.Text(writer => Write(writer, counts, rejected)), Table(counts, rejected));
    }

    private static void Write(Utf8JsonWriter writer, IngestCounts counts, KeyValuePair<RejectReason, long>[] rejected)
    {
        writer.WriteStartObject();
        writer.WriteNumber("received", counts.Received);
        writer.WriteNumber("accepted", counts.Accepted);
        writer.WriteNumber("duplicates", counts.Duplicates);
        writer.WriteStartObject("rejected");
        foreach (var (reason, count) in rejected)
        {
            writer.WriteNumber(reason.Name(), count);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static ReportTable Table(IngestCounts counts, KeyValuePair<RejectReason, long>[] rejected)
    {
        var rows = new List<object?[]>
        {
            new object?[] { "received", counts.Received },
            new object?[] { "accepted", counts.Accepted },
            new object?[] { "duplicates", counts.Duplicates },
            new object?[] { "rejected", counts.RejectedTotal },
        };
        rows.AddRange(rejected.Select(pair => new object?[] { $"rejected.{pair.Key.Name()}", pair.Value }));
        return new ReportTable(
            new ReportColumn[] { new("outcome", ReportColumnType.Text), new("events", ReportColumnType.Integer) },
            rows);
    }
}
