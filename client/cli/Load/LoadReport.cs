using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary>What a load measured, for people and for programs.</summary>
internal sealed class LoadReport(LoadRun run, bool stopped)
{
    private static readonly double[] Percentiles = [50, 90, 99, 99.9];

    private TimeSpan Asking => run.Journeys.Elapsed < run.Plan.Duration ? run.Journeys.Elapsed : run.Plan.Duration;

    /// <summary>The table and what one must know to read it.</summary>
    public void Print()
    {
        var table = new Table().AddColumns("latency, ms").AddColumn(new TableColumn("count").RightAligned());
        foreach (var column in Percentiles.Select(one => "p" + one.ToString(CultureInfo.InvariantCulture)).Append("max"))
            table.AddColumn(new TableColumn(column).RightAligned());
        Row(table, "batch: intended → acknowledged", run.Batches.Latencies);
        Row(table, "event: acknowledged → visible", run.Visible);
        if (run.Plan.Queries > 0)
            Row(table, "journey: intended → answered", run.Journeys.Latencies);
        AnsiConsole.Write(table);
        foreach (var line in Lines())
            AnsiConsole.WriteLine(line);
    }

    /// <summary>The same as JSON; latencies are in milliseconds.</summary>
    public byte[] ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteBoolean("stopped", stopped);
            WritePlan(json);
            json.WriteStartObject("events");
            json.WriteNumber("acknowledged", run.Counts.Acknowledged);
            json.WriteNumber("rejected", run.Counts.Rejected);
            json.WriteNumber("perSecond", Math.Round(PerSecond(run.Counts.Acknowledged, run.Sending), 1));
            json.WriteNumber("batchesNeverSent", run.Batches.NeverBegun);
            WriteCounts(json, "refusedTries", run.Counts.Refusals);
            WriteCounts(json, "failed", run.Counts.Errors);
            WriteLatencies(json, "latency", run.Batches.Latencies);
            json.WriteEndObject();
            WriteLatencies(json, "visible", run.Visible);
            json.WriteStartObject("journeys");
            json.WriteNumber("perSecond", Math.Round(PerSecond(run.Journeys.Latencies.Count - run.Journeys.NeverBegun, Asking), 1));
            json.WriteNumber("neverAsked", run.Journeys.NeverBegun);
            WriteCounts(json, "failed", run.Lookups.Errors);
            WriteLatencies(json, "latency", run.Journeys.Latencies);
            json.WriteEndObject();
            json.WriteNumber("cpuSecondsOfThisProgram", Math.Round(Environment.CpuUsage.TotalTime.TotalSeconds, 2));
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    /// <summary>How it goes: <c>100,000 acknowledged, 50,000 events/s, p99 3.2 ms, visible p99 12.0 ms, 0 refused</c>.</summary>
    public static string Progress(LoadRun run) => string.Create(
        CultureInfo.InvariantCulture,
        $"{run.Counts.Acknowledged:N0} acknowledged, {PerSecond(run.Counts.Acknowledged, run.Batches.Elapsed):N0} events/s, p99 {Ms(run.Batches.Latencies.Percentile(99))} ms, visible p99 {Ms(run.Visible.Percentile(99))} ms, {run.Counts.Refusals.Values.Sum():N0} refused");

    private IEnumerable<string> Lines()
    {
        yield return Text($"{run.Plan.Rate:N0} events/s wanted; {run.Counts.Acknowledged:N0} acknowledged in {run.Sending.TotalSeconds:N1} s: {PerSecond(run.Counts.Acknowledged, run.Sending):N0} events/s; {run.Counts.Rejected:N0} rejected.");
        if (run.Plan.Queries > 0)
            yield return Text($"{run.Plan.Queries:N0} journeys/s wanted; {PerSecond(run.Journeys.Latencies.Count - run.Journeys.NeverBegun, Asking):N0} answered a second.");
        if (run.Batches.NeverBegun + run.Journeys.NeverBegun > 0)
            yield return Text($"Never begun, as all connections were busy: {run.Batches.NeverBegun:N0} batches, {run.Journeys.NeverBegun:N0} journeys; counted with their age at the end.");
        yield return $"Tries refused and repeated with the same ids: {Text(run.Counts.Refusals)}. Batches failed for good: {Text(run.Counts.Errors)}. Lookups failed: {Text(run.Lookups.Errors)}.";
        yield return Text($"Visible is too high by at most a lookup and {LoadRun.ProbeEvery.TotalMilliseconds:0} ms, or a sixteenth. Timers here are late by about 1 ms. This program took {Environment.CpuUsage.TotalTime.TotalSeconds:N1} s of CPU.");
    }

    private static void Row(Table table, string name, LatencyHistogram latencies) =>
        table.AddRow([name, Text($"{latencies.Count:N0}"), .. Percentiles.Select(one => Ms(latencies.Percentile(one))), Ms(latencies.Max)]);

    private static string Ms(TimeSpan latency) => Text($"{latency.TotalMilliseconds:N2}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Text(IReadOnlyDictionary<string, long> counts) =>
        counts.Count == 0 ? "none" : string.Join(", ", counts.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => Text($"{one.Value:N0} × {one.Key}")));

    private static double PerSecond(long count, TimeSpan elapsed) => elapsed > TimeSpan.Zero ? count / elapsed.TotalSeconds : 0;

    private void WritePlan(Utf8JsonWriter json)
    {
        json.WriteStartObject("plan");
        json.WriteNumber("rate", run.Plan.Rate);
        json.WriteNumber("seconds", run.Plan.Duration.TotalSeconds);
        json.WriteNumber("batch", run.Plan.EffectiveBatch);
        json.WriteNumber("connections", run.Plan.Connections);
        json.WriteString("format", Enum.GetName(run.Plan.Format)!.ToLowerInvariant());
        json.WriteNumber("seed", run.Plan.Seed);
        json.WriteNumber("queries", run.Plan.Queries);
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
