using System.Diagnostics;
using System.Globalization;

namespace OrleansAnalytics.Cli;

/// <summary>
/// A load made by several processes of this program, each with its part of the rate on one of the servers: more than one process can make, and as many shops do it. A
/// process writes what it has measured so far as a line of JSON every second, and ends with what it measured in the end; it stops when its input is closed.
/// </summary>
/// <param name="plan">The whole load.</param>
/// <param name="servers">Where: processes take them in turn.</param>
/// <param name="processes">How many.</param>
internal sealed class LoadFleet(LoadPlan plan, IReadOnlyList<Server> servers, int processes)
{
    private readonly LoadMeasurement?[] _latest = new LoadMeasurement?[processes];

    /// <summary>What each process has measured so far.</summary>
    public IReadOnlyCollection<LoadMeasurement> Measured => [.. _latest.OfType<LoadMeasurement>()];

    /// <summary>Runs all processes to their ends.</summary>
    /// <exception cref="InvalidOperationException">One failed; the message is what it said.</exception>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, processes).Select(part => RunAsync(part, stop)));

    private async Task RunAsync(int part, CancellationToken stop)
    {
        using var process = Process.Start(Command(plan.Part(part, processes), servers[part % servers.Count]))
            ?? throw new InvalidOperationException("a process of the load could not be started");
        await using var stopping = stop.Register(process.StandardInput.Close);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        while (await process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
            _latest[part] = LoadMeasurement.FromLine(line);
        await process.WaitForExitAsync(CancellationToken.None);
        if (process.ExitCode != CommandLine.Success && _latest[part] is not { Stopped: true } and not { Errors.Count: > 0 })
            throw new InvalidOperationException($"process {part + 1} of the load ended with {process.ExitCode}: {(await errors).Trim()}");
    }

    private static ProcessStartInfo Command(LoadPlan part, Server server)
    {
        var own = Environment.ProcessPath ?? throw new InvalidOperationException("this program does not know its own path");
        var start = new ProcessStartInfo(own) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };

        // Run by the dotnet host, the library is its first argument.
        if (Path.GetFileNameWithoutExtension(own) == "dotnet")
            start.ArgumentList.Add(typeof(LoadFleet).Assembly.Location);
        foreach (var argument in Arguments(part, server.Url))
            start.ArgumentList.Add(argument);

        // Others can see a command line, but not the environment.
        if (server.Key is { } key)
            start.Environment[Server.KeyVariable] = key;
        return start;
    }

    private static string[] Arguments(LoadPlan part, Uri server) =>
    [
        "load", LoadVerb.AsPart, "--url", server.ToString(), "--rate", Number(part.Rate), "--duration", Number(part.Duration.TotalSeconds) + "s", "--batch", Number(part.EffectiveBatch),
        "--connections", Number(part.Connections), "--format", part.Format.ToString(), "--seed", Number(part.Seed), "--queries", Number(part.Queries),
        "--hot-product", Number(part.HotProduct), "--flood", Number(part.Flood), .. part.Users is { } users ? ["--users", Number(users)] : Array.Empty<string>(),
    ];

    private static string Number(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
