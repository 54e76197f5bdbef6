using System.Globalization;
using OrleansAnalytics.Hosting;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Reports;
using Spectre.Console;

namespace OrleansAnalytics.Demo;

/// <summary>The main job on one machine: start the node, replay a shop's events, print the reports, serve.</summary>
internal sealed class DemoRun(DemoOptions options, SiloSettings settings, IAnsiConsole console)
{
    /// <summary>Exit code after the user ended the replay.</summary>
    private const int Interrupted = 130;

    /// <summary>Runs to the end; answers the exit code.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (!console.Profile.Out.IsTerminal)
        {
            // Redirected output has no width of its own; a line in two pieces is no use to grep.
            console.Profile.Width = ReportConsole.RedirectedWidth;
        }

        if (options.File is { Exists: false } missing)
        {
            await Console.Error.WriteLineAsync($"There is no file {missing.FullName}");
            return 2;
        }

        await using var app = SiloHost.Build(settings);
        app.Services.OpenEmbeddedStorageAhead();
        await app.StartAsync(cancellationToken);
        try
        {
            return await ReplayAndShowAsync(app, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"{Environment.NewLine}Stopping. What the log acknowledged is kept in {settings.DataFolder}; run again with --data to go on.");
            return Interrupted;
        }
        catch (SourceException exception)
        {
            await Console.Error.WriteLineAsync($"{options.File?.FullName}: {exception.Message}");
            return 2;
        }
        finally
        {
            await app.StopAsync(CancellationToken.None);
        }
    }

    private async Task<int> ReplayAndShowAsync(WebApplication app, CancellationToken cancellationToken)
    {
        var services = app.Services;
        var replay = new DemoReplay(services.GetRequiredService<EventDoor>(), services.GetRequiredService<PartitionStatuses>(), options);
        console.WriteLine(options.File is { } file ? $"Replaying {file.FullName}" : string.Create(CultureInfo.InvariantCulture, $"Replaying {options.Events:N0} generated events, seed {options.Seed}"));
        var progress = new DemoProgress(Console.Error, !Console.IsErrorRedirected, options.File is null ? options.Events : null);
        var outcome = await replay.RunAsync(progress, cancellationToken);
        progress.Done();
        var seconds = outcome.Took.TotalSeconds;
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{outcome.Received:N0} records, from the first byte to the last grain in {seconds:N2} s: {outcome.Received / seconds:N0} events/s, peak memory {PeakMegabytes():N0} MB"));
        if (outcome.Broken is { } broken)
        {
            console.WriteLine($"The source breaks off after {broken.Offset} bytes ({broken.Message}); what came before is counted.");
        }

        var results = new DemoResults(services.GetRequiredService<IGrainFactory>(), services.GetRequiredService<ReportCatalog>(), console);
        await results.ShowAsync(options.Users, options.Json, cancellationToken);
        await ActivatorUtilities.CreateInstance<DemoLake>(services, console).WriteAsync(cancellationToken);
        await ActivatorUtilities.CreateInstance<DemoSnapshots>(services, console).WriteAsync();
        if (options.Exit)
        {
            return 0;
        }

        WhereNext(app);
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }

    private static double PeakMegabytes()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1e6;
    }

    private void WhereNext(WebApplication app)
    {
        var url = app.Urls.First();
        console.WriteLine();
        console.WriteLine($"Serving. Where to look next (Ctrl-C saves and ends; data in {settings.DataFolder}):");
        console.WriteLine($"  {url}/v1/status                         where every partition stands");
        console.WriteLine($"  {url}/v1/reports/cart_abandonment       one of the reports; /v1/reports lists them");
        console.WriteLine($"  {url}/v1/users/{(options.Users.Count > 0 ? options.Users[0] : "USER")}/journey   what one customer did");
        console.WriteLine($"  {url}/v1/snapshots?kind=hour            closed periods as files; days have a page: /v1/snapshots/day/DAY/report.html");
        console.WriteLine($"  {url}/orleans                           the Orleans Dashboard");
        console.WriteLine($"  {url}/openapi/v1.json                   the API");
    }
}
