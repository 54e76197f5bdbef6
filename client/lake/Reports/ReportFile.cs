using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansAnalytics.Lake;

namespace OrleansAnalytics.Reports;

/// <summary>
/// Reports in one JSON document: an object with the reports' names as keys, in the order of <see cref="ReportNames.All"/>, and others after them in the order in
/// which they were given.
/// </summary>
public static class ReportFile
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, IndentSize = 1 };

    /// <summary>Writes the document beside <paramref name="path"/> and moves it there.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="reports">Reports in any order; one per name.</param>
    /// <param name="journeys">Journeys by user, put last under <c>journeys</c>; null leaves the key out.</param>
    /// <param name="cancellationToken">Gives up; the file stays as it was.</param>
    public static async Task WriteAsync(
        string path, IEnumerable<Report> reports, JsonNode? journeys = null, CancellationToken cancellationToken = default)
    {
        using var file = new DurableFile(path);
        await WriteAsync(file.Stream, reports, journeys, cancellationToken);
        file.Complete();
    }

    /// <summary>Writes the document; leaves <paramref name="stream"/> open.</summary>
    public static async Task WriteAsync(
        Stream stream, IEnumerable<Report> reports, JsonNode? journeys = null, CancellationToken cancellationToken = default)
    {
        var byName = reports.ToDictionary(report => report.Name, StringComparer.Ordinal);
        await using var writer = new Utf8JsonWriter(stream, Indented);
        writer.WriteStartObject();
        foreach (var name in ReportNames.All.Concat(byName.Keys.Except(ReportNames.All)))
        {
            if (byName.TryGetValue(name, out var report))
            {
                writer.WritePropertyName(name);
                using var json = JsonDocument.Parse(report.Json);
                json.WriteTo(writer);
            }
        }

        if (journeys is not null)
        {
            writer.WritePropertyName("journeys");
            journeys.WriteTo(writer);
        }

        writer.WriteEndObject();
        await writer.FlushAsync(cancellationToken);
    }
}
