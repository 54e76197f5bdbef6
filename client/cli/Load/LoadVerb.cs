using System.CommandLine;
using System.Globalization;
using OrleansAnalytics.Client;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary><c>load --rate R --duration D …</c></summary>
internal static class LoadVerb
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(10);

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
        var json = new Option<string?>("--json") { Description = "Also write the measurements to a file.", HelpName = "FILE" };
        var server = new ServerOptions();
        var command = new Command(
            "load",
            """
            Put a server under load and measure: generated events at a steady rate, each batch at its own time whatever became of those before it. Latencies
            count from that time. Ctrl-C prints what was measured so far. The events are real ones for the server: use one that may keep them.

            Examples:
              orleans-analytics load --rate 50000 --duration 60s
              orleans-analytics load --rate 20000 --duration 5m --queries 2000 --json load.json
            """)
        {
            rate, duration, batch, connections, format, users, seed, queries, json,
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
            },
            server.Read(parsed),
            parsed.GetValue(json),
            stop));
        return command;
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

    private static async Task<int> RunAsync(LoadPlan plan, Server server, string? jsonFile, CancellationToken stop)
    {
        // A file that cannot be written is told before the load and not after it.
        await using var json = jsonFile is null ? null : File.Create(jsonFile);
        using var run = new LoadRun(plan, server, TimeProvider.System);
        using (var client = server.ForQuestions())
            await client.GetStatusAsync(stop);
        Exception? failure = null;
        try
        {
            await ShowAsync(run, run.RunAsync(stop));
        }
        catch (AnalyticsRequestException exception)
        {
            failure = exception;
        }
        var report = new LoadReport(run, stop.IsCancellationRequested);
        report.Print();
        if (json is not null)
            await json.WriteAsync(report.ToJson(), CancellationToken.None);
        if (failure is not null)
            throw failure;
        return stop.IsCancellationRequested || run.Counts.Errors.Count > 0 ? CommandLine.Failed : CommandLine.Success;
    }

    private static async Task ShowAsync(LoadRun run, Task running)
    {
        if (Console.IsErrorRedirected)
        {
            while (await Task.WhenAny(running, Task.Delay(LineEvery)) != running)
                await Console.Error.WriteLineAsync(LoadReport.Progress(run));
            await running;
            return;
        }

        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        await terminal.Progress().Columns(new ProgressBarColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }).StartAsync(async context =>
        {
            var task = context.AddTask("", maxValue: run.Plan.Duration.TotalSeconds);
            while (await Task.WhenAny(running, Task.Delay(ProgressEvery)) != running)
            {
                task.Value = run.Batches.Elapsed.TotalSeconds;
                task.Description = LoadReport.Progress(run);
            }
            await running;
        });
    }
}
