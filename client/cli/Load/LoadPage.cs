using System.Globalization;
using OrleansAnalytics.Charts;

namespace OrleansAnalytics.Cli;

/// <summary>What a load measured as one static page: throughput of all servers and of each, latencies as tables and histograms, skew, and what was refused.</summary>
/// <param name="whole">All of it.</param>
/// <param name="servers">The same by server, one or several.</param>
internal sealed class LoadPage(LoadMeasurement whole, IReadOnlyList<LoadMeasurement> servers)
{
    private static readonly BarChart Half = new(500, 190);

    private readonly (string Name, string Style, LatencyHistogram Latencies)[] _latencies =
    [
        ("batch: intended → acknowledged", "view", whole.Batches),
        ("event: acknowledged → visible", "cart", whole.Visible),
        .. whole.Plan.Queries > 0 ? new[] { ("journey: intended → answered", "revenue", whole.Lookups) } : [],
    ];

    /// <summary>The page.</summary>
    /// <param name="at">When it was measured.</param>
    public string Write(DateTimeOffset at) => ChartPage.Of(
        Text($"A load of {whole.Plan.Rate:N0} events/s"),
        Text($"Measured for {whole.Sending.TotalSeconds:N1} s until {at.UtcDateTime:yyyy-MM-dd HH:mm} UTC{(whole.Stopped ? ", stopped before its time" : "")}."),
        [
            Tiles(), ChartPage.Section("Throughput", Throughput()), ChartPage.Section("Latencies", Latencies()), ChartPage.Section("How the latencies are distributed", Histograms()),
            ChartPage.Section("Skew", Skew()), ChartPage.Section("Refused and failed", Failures()), ChartPage.Section("The load", Plan()),
        ],
        Text($"Latencies count from the time at which a batch or a lookup was to be sent, also when all connections were busy. Visible is too high by at most a lookup and {LoadRun.ProbeEvery.TotalMilliseconds:0} ms, or a sixteenth. ")
        + Text($"Timers are late by about 1 ms. The load itself took {whole.CpuSeconds:N1} s of CPU."));

    private string Tiles() => ChartPage.Tiles(
    [
        ("events/s acknowledged", Text($"{whole.EventsPerSecond:N0}")),
        ("events acknowledged", Text($"{whole.Acknowledged:N0}")),
        ("rejected", Text($"{whole.Rejected:N0}")),
        ("p99 until acknowledged", Ms(whole.Batches.Percentile(99)) + " ms"),
        ("p99 until visible", Ms(whole.Visible.Percentile(99)) + " ms"),
        .. whole.Plan.Queries > 0 ? new[] { ("journeys/s answered", Text($"{whole.LookupsPerSecond:N0}")), ("p99 of journeys", Ms(whole.Lookups.Percentile(99)) + " ms") } : [],
        ("tries repeated", Text($"{whole.Refusals.Values.Sum():N0}")),
        ("failed for good", Text($"{Failed(whole):N0}")),
    ]);

    private string Throughput()
    {
        var most = servers.Select(server => server.EventsPerSecond).DefaultIfEmpty().Max();
        List<LoadMeasurement> rows = [.. servers.Count > 1 ? servers : [], whole];
        return HtmlTable.Of(
            [
                new("server", IsNumber: false), new("events/s"), new("share"), new("acknowledged p99, ms"), new("visible p99, ms"), new("journeys/s"), new("journey p99, ms"), new("repeated"), new("failed"),
            ],
            [.. rows.Select(row => (IReadOnlyList<HtmlCell>)
            [
                ReferenceEquals(row, whole) && servers.Count > 1 ? "all together" : row.Server,
                new HtmlCell(Text($"{row.EventsPerSecond:N0}"), ReferenceEquals(row, whole) || most == 0 ? null : row.EventsPerSecond / most),
                whole.Acknowledged == 0 ? "–" : ChartText.Percent((decimal)row.Acknowledged / whole.Acknowledged),
                Ms(row.Batches.Percentile(99)), Ms(row.Visible.Percentile(99)), Text($"{row.LookupsPerSecond:N0}"), Ms(row.Lookups.Percentile(99)),
                Text($"{row.Refusals.Values.Sum():N0}"), Text($"{Failed(row):N0}"),
            ])]);
    }

    private string Latencies() => HtmlTable.Of(
        [new("latency, ms", IsNumber: false), new("count"), .. LoadReport.Percentiles.Select(one => new HtmlColumn("p" + one.ToString(CultureInfo.InvariantCulture))), new("max")],
        [.. _latencies.Select(one => (IReadOnlyList<HtmlCell>)
            [one.Name, Text($"{one.Latencies.Count:N0}"), .. LoadReport.Percentiles.Select(percentile => (HtmlCell)Ms(one.Latencies.Percentile(percentile))), Ms(one.Latencies.Max)])]);

    private string Histograms() => $"<div class=\"grid2\">{string.Concat(_latencies.Select(one =>
    {
        var bins = LatencyBins.Of(one.Latencies);
        return ChartPage.Figure(one.Name, Half.Draw(one.Name, [.. bins.Select(bin => bin.UpTo)], [new ChartSeries("count", one.Style, [.. bins.Select(bin => (decimal)bin.Count)])]));
    }))}</div>";

    /// <summary>How lopsided the load was, and how unevenly the servers took it.</summary>
    private string Skew()
    {
        var rows = new List<IReadOnlyList<HtmlCell>>
        {
            new HtmlCell[] { "events of one and the same product", Share(whole.Plan.HotProduct) },
            new HtmlCell[] { "events of one and the same user", Share(whole.Plan.Flood) },
        };
        if (servers.Count > 1)
        {
            var (rates, slowest) = (servers.Select(server => server.EventsPerSecond).ToList(), servers.Select(server => server.Batches.Percentile(99)).ToList());
            rows.Add(new HtmlCell[] { "events/s of the busiest server, of the mean", Times(rates.Max(), rates.Average()) });
            rows.Add(new HtmlCell[] { "events/s of the least busy server, of the mean", Times(rates.Min(), rates.Average()) });
            rows.Add(new HtmlCell[] { "acknowledged p99 of the slowest server, of the fastest", Times(slowest.Max().TotalMilliseconds, slowest.Min().TotalMilliseconds) });
        }

        return HtmlTable.Of([new("what", IsNumber: false), new("how much")], rows);
    }

    private string Failures()
    {
        IEnumerable<(string What, IReadOnlyDictionary<string, long> Counts)> counted =
            [("try of a batch, repeated with the same ids", whole.Refusals), ("batch, for good", whole.Errors), ("lookup", whole.LookupErrors)];
        IEnumerable<(string What, string Reason, long Count)> neverBegun =
            [("batch", "never begun, as all connections were busy", whole.BatchesNeverBegun), ("lookup", "never begun, as all connections were busy", whole.LookupsNeverBegun)];
        return HtmlTable.Of(
            [new("what", IsNumber: false), new("reason", IsNumber: false), new("count")],
            [.. counted.SelectMany(one => one.Counts.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => (one.What, count.Key, count.Value)))
                .Concat(neverBegun.Where(one => one.Count > 0))
                .Select(one => (IReadOnlyList<HtmlCell>)[one.What, one.Item2, Text($"{one.Item3:N0}")])]);
    }

    private string Plan() => HtmlTable.Of(
        [new("setting", IsNumber: false), new("value")],
        [
            ["events/s wanted", Text($"{whole.Plan.Rate:N0}")], ["duration", Text($"{whole.Plan.Duration.TotalSeconds:N1} s")], ["events per batch", Text($"{whole.Plan.EffectiveBatch:N0}")],
            ["connections", Text($"{whole.Plan.Connections:N0}")], ["format", Enum.GetName(whole.Plan.Format)!.ToLowerInvariant()], ["journeys/s wanted", Text($"{whole.Plan.Queries:N0}")],
            ["seed", Text($"{whole.Plan.Seed}")], ["servers", string.Join(", ", servers.Select(server => server.Server))],
        ]);

    private static long Failed(LoadMeasurement measured) => measured.Errors.Values.Sum() + measured.LookupErrors.Values.Sum();

    private static string Times(double part, double whole) => whole > 0 ? Text($"{part / whole:N2} ×") : "–";

    private static string Share(double share) => ChartText.Percent((decimal)share);

    private static string Ms(TimeSpan latency) => Text($"{latency.TotalMilliseconds:N2}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
