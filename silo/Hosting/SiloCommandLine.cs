using System.CommandLine;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Demo;
using OrleansAnalytics.Events;
using OrleansAnalytics.Hosting.Profiles;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.PostgreSql;
using Spectre.Console;

namespace OrleansAnalytics.Hosting;

/// <summary>The silo's command line: without a verb it serves, with <c>demo</c> it replays a shop first.</summary>
internal static class SiloCommandLine
{
    private static readonly Option<DirectoryInfo?> Data = new("--data") { Description = "Folder with log, state and report snapshots. Default: ./data; for demo a new temporary folder" };
    private static readonly Option<string> Urls = new("--urls") { Description = "Where HTTP listens, separated by semicolons; port 0 takes a free one", DefaultValueFactory = _ => "http://127.0.0.1:8080" };
    private static readonly Option<string> Profile = new("--profile") { Description = $"What the parts are where no setting says so: {string.Join(", ", SiloProfile.Names)}", DefaultValueFactory = _ => SiloProfile.Default };
    private static readonly Option<string?> Advertise = new("--advertise") { Description = "IP address, or host name with one, on which Orleans' ports listen and that other silos are told. Default: they stay on loopback" };
    private static readonly Option<int> SiloPort = new("--silo-port") { Description = "Orleans' port between silos; 0 takes a free one" };
    private static readonly Option<int> SiloListenPort = new("--silo-listen-port") { Description = "Port on which Orleans listens for silos, if --silo-port is mapped to another. Default: the same" };
    private static readonly Option<int> GatewayPort = new("--gateway-port") { Description = "Orleans' port for clients; 0 takes a free one" };
    private static readonly Option<LogLevel> Level = new("--log") { Description = "Lowest level of log lines to show (standard error)", DefaultValueFactory = _ => LogLevel.Warning };

    private static readonly Option<FileInfo?> File = new("--file") { Description = "CSV, NDJSON or JSON to replay, packed by gzip or not. Default: generated events" };
    private static readonly Option<long> Events = new("--events") { Description = "Events to generate", DefaultValueFactory = _ => 500_000 };
    private static readonly Option<ulong> Seed = new("--seed") { Description = "Seed of the generated events", DefaultValueFactory = _ => 1 };
    private static readonly Option<string?> Users = new("--users") { Description = "Ids of users whose journeys to show, separated by commas" };
    private static readonly Option<bool> Exit = new("--exit") { Description = "End after the reports instead of serving" };
    private static readonly Option<FileInfo?> Json = new("--json") { Description = "Write the reports to this file" };

    /// <summary>Runs one command line; answers the exit code.</summary>
    public static Task<int> RunAsync(string[] args) =>
        // The default gives a program two seconds after Ctrl-C, too few for the last checkpoints of a busy node.
        Create().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = SiloHost.ShutdownTimeout + TimeSpan.FromSeconds(10) });

    /// <summary>The command line with its actions.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand("OrleansAnalytics: live analytics for a web shop. Without a verb the silo serves until Ctrl-C. Settings: --Section:Name VALUE, as in the documentation.")
        {
            Data, Urls, Profile, Advertise, SiloPort, SiloListenPort, GatewayPort, Level,
        };
        root.TreatUnmatchedTokensAsErrors = false;
        root.SetAction((parsed, cancellationToken) => GuardAsync(parsed, () => ServeAsync(parsed, cancellationToken)));
        var demo = new Command("demo", "Start the node, replay a shop's events at full speed, print the reports, then serve")
        {
            Data, Urls, Profile, Advertise, SiloPort, SiloListenPort, GatewayPort, Level, File, Events, Seed, Users, Exit, Json,
        };
        demo.TreatUnmatchedTokensAsErrors = false;
        demo.SetAction((parsed, cancellationToken) => GuardAsync(parsed, () => DemoAsync(parsed, cancellationToken)));
        root.Subcommands.Add(demo);
        root.Subcommands.Add(SchemaCommand.Create(GuardAsync));
        return root;
    }

    private static async Task<int> ServeAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var settings = Settings(parsed, parsed.GetValue(Data)?.FullName ?? Path.GetFullPath("data"));
        await using var app = SiloHost.Build(settings);
        app.Services.OpenEmbeddedStorageAhead();
        await app.StartAsync(cancellationToken);
        Console.WriteLine($"Serving on {string.Join(", ", app.Urls)}; data in {settings.DataFolder}; Ctrl-C saves and ends.");
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }

    private static async Task<int> DemoAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = new DemoOptions
        {
            File = parsed.GetValue(File),
            Events = parsed.GetValue(Events),
            Seed = parsed.GetValue(Seed),
            Users = parsed.GetValue(Users)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [],
            Data = parsed.GetValue(Data),
            Exit = parsed.GetValue(Exit),
            Json = parsed.GetValue(Json),
        };
        if (options.Events < 1)
        {
            throw new ArgumentException("--events must be 1 or more");
        }

        var data = options.Data?.FullName ?? Directory.CreateTempSubdirectory("orleans-analytics-demo-").FullName;
        try
        {
            return await new DemoRun(options, Settings(parsed, data), AnsiConsole.Console).RunAsync(cancellationToken);
        }
        finally
        {
            if (options.Data is null && options.Exit)
            {
                Directory.Delete(data, recursive: true);
            }
        }
    }

    private static SiloSettings Settings(ParseResult parsed, string data)
    {
        var urls = parsed.GetValue(Urls)!;
        return new SiloSettings
        {
            DataFolder = data,
            Urls = urls,
            ApiKey = Environment.GetEnvironmentVariable(SiloSettings.ApiKeyVariable) is { Length: > 0 } key ? key : null,
            Profile = parsed.GetValue(Profile)!,
            Advertise = parsed.GetValue(Advertise),
            SiloPort = parsed.GetValue(SiloPort),
            SiloListenPort = parsed.GetValue(SiloListenPort),
            GatewayPort = parsed.GetValue(GatewayPort),
            LogLevel = parsed.GetValue(Level),
            Configuration = parsed.UnmatchedTokens,
        };
    }

    /// <summary>Refuses misspelt settings, and turns what a user can cause into one clear line instead of a stack trace.</summary>
    private static async Task<int> GuardAsync(ParseResult parsed, Func<Task<int>> action)
    {
        if (SettingTokens.Errors(parsed.UnmatchedTokens) is { Count: > 0 } errors)
        {
            await Console.Error.WriteLineAsync(string.Join(Environment.NewLine, errors));
            return 2;
        }

        return await GuardAsync(action);
    }

    private static async Task<int> GuardAsync(Func<Task<int>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception exception) when (IsUsersToMend(exception))
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 2;
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
    }

    private static bool IsUsersToMend(Exception exception) => exception
        is ArgumentException or IOException or UnauthorizedAccessException or OptionsValidationException or EventLogUnavailableException
        // A value that is no number, time span, …; the binder has no exception of its own for it.
        or InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" };
}
