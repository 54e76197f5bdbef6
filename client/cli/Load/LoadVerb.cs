using System.CommandLine;
using System.Globalization;
using OrleansAnalytics.Client;

namespace OrleansAnalytics.Cli;

/// <summary><c>load --rate R --duration D …</c></summary>
internal static class LoadVerb
{
    /// <summary>Says that the process is one of a <see cref="LoadFleet"/>.</summary>
    public const string AsPart = "--as-part";

    public static Command Create()
    {
        var rate = Whole("--rate", "Events a second.", 1, 10_000_000);
        rate.Required = true;
        var duration = new Option<TimeSpan>("--duration")
        {
            Description = "How long: 90s, 5m, 1h.",
            HelpName = "D",
            Required = true,
            CustomParser = result => Duration(result.Tokens[0].Value, result.AddError),
        };
        var batch = Whole("--batch", "Events per request (default: a fiftieth of a second's, at most 1,000).", 1, 100_000);
        var connections = Whole("--connections", "Requests with events under way at the same time.", 1, 1_024, 16);
        var format = new Option<LoadFormat>("--format") { Description = "binary (default), json or ndjson.", HelpName = "FORMAT" };
        var users = Whole("--users", "Shoppers (default: a fourteenth of the events).", 1, 500_000_000);
        var seed = new Option<ulong>("--seed", "-s") { Description = "Decides everything that is chance.", DefaultValueFactory = _ => 1 };
        var queries = Whole("--queries", "Journey lookups a second.", 0, 1_000_000, 0);
        var hotProduct = Share("--hot-product", "The share of events of one and the same product: 0.3.");
        var flood = Share("--flood", "The share of events of one and the same user: 0.1.");
        var processes = Whole("--processes", "Processes that share the load (default: as many as servers).", 1, 256);
        var servers = new Option<Uri[]>("--servers")
        {
            Description = "Several servers instead of --url, separated by commas; the processes take them in turn.",
            HelpName = "URL,URL",
            CustomParser = result => Servers(result.Tokens[0].Value, result.AddError),
        };
        var part = new Option<bool>(AsPart) { Hidden = true };
        var json = new Option<string?>("--json") { Description = "Also write the measurements to a file.", HelpName = "FILE" };
        var html = new Option<string?>("--html") { Description = "Also write one page with tables and charts, which opens without a server, to a file.", HelpName = "FILE" };
        var server = new ServerOptions();
        var command = new Command(
            "load",
            """
            Put a server under load and measure: generated events at a steady rate, each batch at its own time whatever became of those before it. Latencies
            count from that time. Ctrl-C prints what was measured so far. The events are real ones for the server: use one that may keep them.

            Examples:
              orleans-analytics load --rate 50000 --duration 60s
              orleans-analytics load --rate 20000 --duration 5m --queries 2000 --json load.json --html load.html
              orleans-analytics load --rate 100000 --duration 60s --servers http://127.0.0.1:8081,http://127.0.0.1:8082 --hot-product 0.3
            """)
        {
            rate, duration, batch, connections, format, users, seed, queries, hotProduct, flood, processes, servers, json, html, part,
        };
        server.AddTo(command);
        command.SetAction((parsed, stop) => RunAsync(
            new LoadPlan
            {
                Rate = parsed.GetValue(rate)!.Value,
                Duration = parsed.GetValue(duration),
                Batch = (int?)parsed.GetValue(batch),
                Connections = (int)parsed.GetValue(connections)!.Value,
                Format = parsed.GetValue(format),
                Users = parsed.GetValue(users),
                Seed = parsed.GetValue(seed),
                Queries = (int)parsed.GetValue(queries)!.Value,
                HotProduct = parsed.GetValue(hotProduct),
                Flood = parsed.GetValue(flood),
            },
            parsed.GetValue(servers) is { Length: > 0 } several ? [.. several.Select(server.Read(parsed).At)] : [server.Read(parsed)],
            (int?)parsed.GetValue(processes),
            parsed.GetValue(part),
            () => LoadFiles.OpenAsync(parsed.GetValue(json), parsed.GetValue(html)),
            stop));
        return command;
    }

    private static Option<double> Share(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "SHARE",
        CustomParser = result =>
        {
            if (double.TryParse(result.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1)
                return value;
            result.AddError($"{name} takes a share from 0 to 1: 0.3.");
            return 0;
        },
    };

    private static Uri[] Servers(string text, Action<string> error)
    {
        var servers = new List<Uri>();
        foreach (var one in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (Uri.TryCreate(one, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
                servers.Add(url);
            else
                error($"--servers takes http or https addresses, separated by commas; '{one}' is none.");
        }
        return [.. servers];
    }

    private static Option<long?> Whole(string name, string description, long least, long most, long? otherwise = null)
    {
        var option = new Option<long?>(name)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result =>
            {
                if (long.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
                    return value;
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} takes a whole number from {least:N0} to {most:N0}."));
                return null;
            },
        };
        if (otherwise is not null)
            option.DefaultValueFactory = _ => otherwise;
        return option;
    }

    private static TimeSpan Duration(string text, Action<string> error)
    {
        var unit = text.Length == 0 ? ' ' : text[^1];
        var seconds = unit switch { 's' => 1, 'm' => 60, 'h' => 3_600, _ => 0 };
        if (seconds > 0 && double.TryParse(text.AsSpan(..^1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value * seconds is >= 0.1 and <= 7 * 86_400)
            return TimeSpan.FromSeconds(value * seconds);
        error("--duration takes 90s, 5m or 1h; from 0.1s to 168h.");
        return default;
    }

    private static async Task<int> RunAsync(LoadPlan plan, IReadOnlyList<Server> servers, int? processes, bool isPart, Func<Task<LoadFiles>> open, CancellationToken stop)
    {
        if (isPart)
            return await LoadPart.RunAsync(plan, servers[0], stop);

        await using var files = await open();
        foreach (var server in servers)
        {
            using var client = server.ForQuestions();
            await client.GetStatusAsync(stop);
        }
        var fleet = processes ?? servers.Count;
        return fleet == 1 ? await AloneAsync(plan, servers[0], files, stop) : await TogetherAsync(new LoadFleet(plan, servers, fleet), plan, files, stop);
    }

    private static async Task<int> AloneAsync(LoadPlan plan, Server server, LoadFiles files, CancellationToken stop)
    {
        using var run = new LoadRun(plan, server, TimeProvider.System);
        Exception? failure = null;
        try
        {
            await LoadProgress.ShowAsync(plan, () => run.Measured(stopped: false), run.RunAsync(stop));
        }
        catch (AnalyticsRequestException exception)
        {
            failure = exception;
        }
        var result = await TellAsync(LoadReport.Of(plan, [run.Measured(stop.IsCancellationRequested)]), run.Counts.Errors.Count, files, stop);
        return failure is null ? result : throw failure;
    }

    private static async Task<int> TogetherAsync(LoadFleet fleet, LoadPlan plan, LoadFiles files, CancellationToken stop)
    {
        await LoadProgress.ShowAsync(plan, () => LoadMeasurement.Sum(plan, fleet.Measured), fleet.RunAsync(stop));
        return await TellAsync(LoadReport.Of(plan, fleet.Measured), fleet.Measured.Sum(part => part.Errors.Count), files, stop);
    }

    private static async Task<int> TellAsync(LoadReport report, int errors, LoadFiles files, CancellationToken stop)
    {
        report.Print();
        await files.WriteAsync(report, TimeProvider.System.GetUtcNow());
        return stop.IsCancellationRequested || errors > 0 ? CommandLine.Failed : CommandLine.Success;
    }
}
