using System.Diagnostics;
using System.Globalization;
using System.Text;
using OrleansAnalytics.Benchmarks.Results;
using OrleansAnalytics.Benchmarks.Workloads;
using OrleansAnalytics.Client;
using OrleansAnalytics.Events;
using OrleansAnalytics.Generator;

namespace OrleansAnalytics.Benchmarks.Http;

/// <summary>
/// What a node costs at its door and when it is asked: events from an SDK or a file until they are acknowledged, which is when the log has synced them, while nobody reads them; then
/// journeys of their users, over HTTP and inside. Sender and node share the machine, so both costs are told.
/// </summary>
/// <param name="events">Events of each format.</param>
/// <param name="lookups">Journeys asked for.</param>
/// <param name="connections">Senders, or askers, at the same time.</param>
/// <param name="seed">Of the generated events.</param>
internal sealed class HttpRun(int events, int lookups, int connections, ulong seed)
{
    private const int Batch = 2_000;
    private const int UsersAsked = 10_000;

    /// <summary>What the table needs to be understood.</summary>
    public static readonly IReadOnlyList<string> Notes =
    [
        $"Binary and JSON: the SDK, {Batch:N0} events a request, its encoding included. CSV: a file in chunks of a megabyte. Acknowledged means that the log has synced the events; the partitions read nothing meanwhile.",
        "Journeys: one after the other on each connection, after all events are applied and saved. The plain client only sends bytes and waits for the end of the answer. Inside: calls of grains in the node's own process.",
        "The first tenth of each is not counted.",
    ];

    private readonly ResultTable _table = new(["what", "over", "a second", "node CPU µs", "sender CPU µs", "p50 ms", "p99 ms"], textColumns: 2);

    /// <summary>Runs all, one after the other, on one node.</summary>
    public async Task<ResultTable> RunAsync(CancellationToken cancellationToken)
    {
        Progress.Tell($"making {events:N0} events");
        var (csv, inputs) = Made();
        using var work = new WorkFolder();
        using var node = new NodeProcess(work.Create("data"));
        foreach (var encoding in new[] { EventEncoding.Binary, EventEncoding.Json })
        {
            await DoorAsync(node, $"events, {(encoding == EventEncoding.Binary ? "binary" : "JSON lines")}", (client, from, to) => SendAsync(client, encoding, inputs, from, to, cancellationToken));
        }

        await DoorAsync(node, "events, CSV", (client, from, to) => UploadAsync(client, csv, from, to, cancellationToken));
        Progress.Tell("applying the events");
        node.ReadAll();
        var users = inputs.Select(one => one.UserId).Distinct().Take(UsersAsked).ToArray();
        await LookupsAsync(node, "/health/live", ["/health/live"], cancellationToken);
        var steps = inputs.Select(one => one.UserId).Where(users.ToHashSet().Contains).Count() / users.Length;
        await LookupsAsync(node, $"journeys of {steps.ToString(CultureInfo.InvariantCulture)} steps", users.Select(user => $"/v1/users/{user}/journey"), cancellationToken);
        Inside(node, users);
        return _table;
    }

    private async Task DoorAsync(NodeProcess node, string what, Func<AnalyticsClientOptions, int, int, Task<IEnumerable<TimeSpan>>> send)
    {
        Progress.Tell(what);
        var options = new AnalyticsClientOptions { BaseAddress = node.Address, BatchSize = Batch, UploadsInFlight = connections };
        await send(options, 0, events / 10);
        var (node0, own0, started) = (node.Cpu, Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        var latencies = await send(options, events / 10, events);
        Add(what, "HTTP", events - (events / 10), Stopwatch.GetElapsedTime(started), node.Cpu - node0, Environment.CpuUsage.TotalTime - own0, latencies);
    }

    private async Task<IEnumerable<TimeSpan>> SendAsync(AnalyticsClientOptions options, EventEncoding encoding, ShopEventInput[] inputs, int from, int to, CancellationToken cancellationToken)
    {
        options.Encoding = encoding;
        using var client = new AnalyticsClient(options);
        var next = from;
        var latencies = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            var own = new List<TimeSpan>();
            for (int at; (at = Interlocked.Add(ref next, Batch) - Batch) < to;)
            {
                var started = Stopwatch.GetTimestamp();
                await client.SendAsync(new ArraySegment<ShopEventInput>(inputs, at, Math.Min(Batch, to - at)), cancellationToken);
                own.Add(Stopwatch.GetElapsedTime(started));
            }

            return own;
        })));
        return latencies.SelectMany(one => one);
    }

    private static async Task<IEnumerable<TimeSpan>> UploadAsync(AnalyticsClientOptions options, byte[][] csv, int from, int to, CancellationToken cancellationToken)
    {
        using var client = new AnalyticsClient(options);
        var rows = csv.AsSpan(from, to - from);
        var file = new MemoryStream();
        file.Write(ShopGenerator.Header);
        foreach (var row in rows)
        {
            file.Write(row);
            file.WriteByte((byte)'\n');
        }

        file.Position = 0;
        await client.UploadAsync(file, RecordFormat.Csv, $"rows-{from}.csv", null, cancellationToken);
        return [];
    }

    private async Task LookupsAsync(NodeProcess node, string what, IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        Progress.Tell($"{what} over HTTP");
        var requests = paths.Select(path => PlainHttp.Request(node.Address, path)).ToArray();
        await AskAsync(node, requests, lookups / 10, cancellationToken);
        var (node0, own0, started) = (node.Cpu, Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        var latencies = await AskAsync(node, requests, lookups, cancellationToken);
        Add(what, "HTTP, plain client", lookups, Stopwatch.GetElapsedTime(started), node.Cpu - node0, Environment.CpuUsage.TotalTime - own0, latencies);
    }

    private async Task<IEnumerable<TimeSpan>> AskAsync(NodeProcess node, byte[][] requests, int count, CancellationToken cancellationToken)
    {
        var latencies = await Task.WhenAll(Enumerable.Range(0, connections).Select(number => Task.Run(
            async () =>
            {
                using var http = new PlainHttp();
                await http.ConnectAsync(node.Address, cancellationToken);
                var random = new Random(number);
                var own = new List<TimeSpan>(count / connections);
                for (var i = 0; i < count / connections; i++)
                {
                    var started = Stopwatch.GetTimestamp();
                    await http.GetAsync(requests[random.Next(requests.Length)], cancellationToken);
                    own.Add(Stopwatch.GetElapsedTime(started));
                }

                return own;
            },
            cancellationToken)));
        return latencies.SelectMany(one => one);
    }

    private void Inside(NodeProcess node, string[] users)
    {
        Progress.Tell("journeys inside");
        node.AskInside(users, connections, lookups / 10 / connections);
        var before = node.Cpu;
        var (journeys, seconds) = node.AskInside(users, connections, lookups / connections);
        Add("journeys", "grain calls", journeys, TimeSpan.FromSeconds(seconds), node.Cpu - before, TimeSpan.Zero, []);
    }

    private (byte[][] Csv, ShopEventInput[] Inputs) Made()
    {
        var csv = new ShopGenerator(new GeneratorOptions { Events = events, Seed = seed, Dirt = false }).OpenCsv();
        using var reader = new StreamReader(csv);
        reader.ReadLine();
        var lines = new List<string>(events);
        while (reader.ReadLine() is { } line)
        {
            lines.Add(line);
        }

        return ([.. lines.Select(Encoding.UTF8.GetBytes)], [.. lines.Select(Parse)]);
    }

    private static ShopEventInput Parse(string line)
    {
        var columns = line.Split(',');
        _ = EventKinds.TryParse(Encoding.UTF8.GetBytes(columns[1]), out var kind);
        return new ShopEventInput
        {
            EventTime = DateTimeOffset.ParseExact(columns[0], "yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
            Kind = kind,
            ProductId = columns[2],
            CategoryId = Known(columns[3]),
            CategoryCode = Known(columns[4]),
            Brand = Known(columns[5]),
            Price = decimal.Parse(columns[6], CultureInfo.InvariantCulture),
            UserId = columns[7],
            SessionKey = Known(columns[8]),
        };

        static string? Known(string text) => text.Length == 0 ? null : text;
    }

    private void Add(string what, string over, long count, TimeSpan elapsed, TimeSpan node, TimeSpan sender, IEnumerable<TimeSpan> latencies)
    {
        var sorted = latencies.Order().ToArray();
        _table.Add(
            what,
            over,
            (count / elapsed.TotalSeconds).ToString("N0", CultureInfo.InvariantCulture),
            (node.TotalMicroseconds / count).ToString("N2", CultureInfo.InvariantCulture),
            sender == TimeSpan.Zero ? "" : (sender.TotalMicroseconds / count).ToString("N2", CultureInfo.InvariantCulture),
            At(0.5),
            At(0.99));

        string At(double share) => sorted.Length == 0 ? "" : sorted[(int)(share * (sorted.Length - 1))].TotalMilliseconds.ToString("N1", CultureInfo.InvariantCulture);
    }
}
