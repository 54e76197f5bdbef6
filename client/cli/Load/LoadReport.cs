using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary>What a load measured, for people and for programs.</summary>
/// <param name="whole">All of it.</param>
/// <param name="servers">The same by server, if there are several; else empty.</param>
internal sealed class LoadReport(LoadMeasurement whole, IReadOnlyList<LoadMeasurement> servers)
{
    /// <summary>Those that are told.</summary>
    internal static IReadOnlyList<double> Percentiles { get; } = [50, 90, 99, 99.9];

    /// <summary>Of what processes measured on one server or several.</summary>
    public static LoadReport Of(LoadPlan plan, IReadOnlyCollection<LoadMeasurement> parts)
    {
        var servers = parts.GroupBy(part => part.Server, StringComparer.Ordinal).Select(group => LoadMeasurement.Sum(plan, [.. group])).ToList();
        return new LoadReport(LoadMeasurement.Sum(plan, parts), servers.Count > 1 ? servers : []);
    }

    /// <summary>The tables and what one must know to read them.</summary>
    public void Print()
    {
        var table = new Table().AddColumns("latency, ms").AddColumn(new TableColumn("count").RightAligned());
        foreach (var column in Percentiles.Select(one => "p" + one.ToString(CultureInfo.InvariantCulture)).Append("max"))
            table.AddColumn(new TableColumn(column).RightAligned());
        Row(table, "batch: intended → acknowledged", whole.Batches);
        Row(table, "event: acknowledged → visible", whole.Visible);
        if (whole.Plan.Queries > 0)
            Row(table, "journey: intended → answered", whole.Lookups);
        AnsiConsole.Write(table);
        if (servers.Count > 0)
            AnsiConsole.Write(ByServer());
        foreach (var line in Lines())
            AnsiConsole.WriteLine(line);
    }

    /// <summary>The same as a page that opens without a server.</summary>
    /// <param name="at">When it was measured.</param>
    public string ToPage(DateTimeOffset at) => new LoadPage(whole, servers.Count > 0 ? servers : [whole]).Write(at);

    /// <summary>The same as JSON; latencies are in milliseconds.</summary>
    public byte[] ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteBoolean("stopped", whole.Stopped);
            WritePlan(json);
            WriteMeasured(json, whole);
            json.WriteStartArray("servers");
            foreach (var server in servers)
            {
                json.WriteStartObject();
                json.WriteString("server", server.Server);
                WriteMeasured(json, server);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteNumber("cpuSecondsOfThisProgram", Math.Round(whole.CpuSeconds, 2));
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    /// <summary>How it goes: <c>100,000 acknowledged, 50,000 events/s, p99 3.2 ms, visible p99 12.0 ms, 0 refused</c>.</summary>
    public static string Progress(LoadMeasurement sofar) => string.Create(
        CultureInfo.InvariantCulture,
        $"{sofar.Acknowledged:N0} acknowledged, {sofar.EventsPerSecond:N0} events/s, p99 {Ms(sofar.Batches.Percentile(99))} ms, visible p99 {Ms(sofar.Visible.Percentile(99))} ms, {sofar.Refusals.Values.Sum():N0} refused");

    private Table ByServer()
    {
        var table = new Table().AddColumn("server");
        foreach (var column in new[] { "events/s", "acknowledged p99, ms", "visible p99, ms", "journeys/s", "journey p99, ms", "repeated", "failed" })
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (var server in servers)
        {
            table.AddRow(
                Markup.Escape(server.Server), Text($"{server.EventsPerSecond:N0}"), Ms(server.Batches.Percentile(99)), Ms(server.Visible.Percentile(99)), Text($"{server.LookupsPerSecond:N0}"),
                Ms(server.Lookups.Percentile(99)), Text($"{server.Refusals.Values.Sum():N0}"), Text($"{server.Errors.Values.Sum() + server.LookupErrors.Values.Sum():N0}"));
        }
        return table;
    }

    private IEnumerable<string> Lines()
    {
        yield return Text($"{whole.Plan.Rate:N0} events/s wanted; {whole.Acknowledged:N0} acknowledged in {whole.Sending.TotalSeconds:N1} s: {whole.EventsPerSecond:N0} events/s; {whole.Rejected:N0} rejected.");
        if (whole.Plan.HotProduct > 0 || whole.Plan.Flood > 0)
            yield return Text($"{whole.Plan.HotProduct:P0} of the events are of one product, {whole.Plan.Flood:P0} of one user.");
        if (whole.Plan.Queries > 0)
            yield return Text($"{whole.Plan.Queries:N0} journeys/s wanted; {whole.LookupsPerSecond:N0} answered a second.");
        if (whole.BatchesNeverBegun + whole.LookupsNeverBegun > 0)
            yield return Text($"Never begun, as all connections were busy: {whole.BatchesNeverBegun:N0} batches, {whole.LookupsNeverBegun:N0} journeys; counted with their age at the end.");
        yield return $"Tries refused and repeated with the same ids: {Text(whole.Refusals)}. Batches failed for good: {Text(whole.Errors)}. Lookups failed: {Text(whole.LookupErrors)}.";
        yield return Text($"Visible is too high by at most a lookup and {LoadRun.ProbeEvery.TotalMilliseconds:0} ms, or a sixteenth. Timers here are late by about 1 ms. The load itself took {whole.CpuSeconds:N1} s of CPU.");
    }

    private static void Row(Table table, string name, LatencyHistogram latencies) =>
        table.AddRow([name, Text($"{latencies.Count:N0}"), .. Percentiles.Select(one => Ms(latencies.Percentile(one))), Ms(latencies.Max)]);

    private static string Ms(TimeSpan latency) => Text($"{latency.TotalMilliseconds:N2}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Text(IReadOnlyDictionary<string, long> counts) =>
        counts.Count == 0 ? "none" : string.Join(", ", counts.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => Text($"{one.Value:N0} × {one.Key}")));

    private void WritePlan(Utf8JsonWriter json)
    {
        json.WriteStartObject("plan");
        json.WriteNumber("rate", whole.Plan.Rate);
        json.WriteNumber("seconds", whole.Plan.Duration.TotalSeconds);
        json.WriteNumber("batch", whole.Plan.EffectiveBatch);
        json.WriteNumber("connections", whole.Plan.Connections);
        json.WriteString("format", Enum.GetName(whole.Plan.Format)!.ToLowerInvariant());
        json.WriteNumber("seed", whole.Plan.Seed);
        json.WriteNumber("queries", whole.Plan.Queries);
        json.WriteNumber("hotProduct", whole.Plan.HotProduct);
        json.WriteNumber("flood", whole.Plan.Flood);
        json.WriteEndObject();
    }

    private static void WriteMeasured(Utf8JsonWriter json, LoadMeasurement measured)
    {
        json.WriteStartObject("events");
        json.WriteNumber("acknowledged", measured.Acknowledged);
        json.WriteNumber("rejected", measured.Rejected);
        json.WriteNumber("perSecond", Math.Round(measured.EventsPerSecond, 1));
        json.WriteNumber("batchesNeverSent", measured.BatchesNeverBegun);
        WriteCounts(json, "refusedTries", measured.Refusals);
        WriteCounts(json, "failed", measured.Errors);
        WriteLatencies(json, "latency", measured.Batches);
        json.WriteEndObject();
        WriteLatencies(json, "visible", measured.Visible);
        json.WriteStartObject("journeys");
        json.WriteNumber("perSecond", Math.Round(measured.LookupsPerSecond, 1));
        json.WriteNumber("neverAsked", measured.LookupsNeverBegun);
        WriteCounts(json, "failed", measured.LookupErrors);
        WriteLatencies(json, "latency", measured.Lookups);
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, long> counts)
    {
        json.WriteStartObject(name);
        foreach (var (reason, count) in counts.OrderBy(one => one.Key, StringComparer.Ordinal))
            json.WriteNumber(reason, count);
        json.WriteEndObject();
    }

    private static void WriteLatencies(Utf8JsonWriter json, string name, LatencyHistogram latencies)
    {
        json.WriteStartObject(name);
        json.WriteNumber("count", latencies.Count);
        foreach (var percentile in Percentiles)
            json.WriteNumber("p" + percentile.ToString(CultureInfo.InvariantCulture), latencies.Percentile(percentile).TotalMilliseconds);
        json.WriteNumber("max", latencies.Max.TotalMilliseconds);
        json.WriteEndObject();
    }
}
