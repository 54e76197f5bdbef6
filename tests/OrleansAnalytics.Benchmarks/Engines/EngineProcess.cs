using System.Diagnostics;
using System.Text.Json;

namespace OrleansAnalytics.Benchmarks.Engines;

/// <summary>Runs each job in a process of its own, so that memory and processor time are its own. The process ends when this one does, however that ends.</summary>
internal static class EngineProcess
{
    /// <summary>The verb, not shown in the help, that makes this program such a process.</summary>
    public const string Verb = "engine";

    // Debian's pandas belongs to Debian's Python, which need not be the first on the path.
    private static readonly string[] Pythons = ["python3", "/usr/bin/python3"];

    private static readonly Lazy<string?> PythonWithPandas = new(() => Pythons.FirstOrDefault(HasPandas));

    private static readonly string Program = Path.Combine(
        AppContext.BaseDirectory, typeof(EngineProcess).Assembly.GetName().Name + (OperatingSystem.IsWindows() ? ".exe" : ""));

    /// <summary>Starts the process and waits for its report.</summary>
    /// <exception cref="InvalidOperationException">It failed; what it said is on standard error.</exception>
    public static async Task<EngineReport> RunAsync(EngineJob job, CancellationToken cancellationToken)
    {
        var result = Path.Combine(job.Workload, "result.json");
        File.Delete(result);
        var start = job.Engine == EngineNames.Pandas
            ? new ProcessStartInfo(PythonWithPandas.Value!, [Path.Combine(AppContext.BaseDirectory, "Throughput", "group.py"), job.File(PassNames.Cold), result])
            : new ProcessStartInfo(Program, [Verb, job.Engine, job.Workload, job.Data, result]);

        // Its input is never written to: it only tells the child, by its end, that this process is gone.
        start.RedirectStandardInput = true;
        using var process = Process.Start(start)!;
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }

        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<EngineReport>(await File.ReadAllTextAsync(result, cancellationToken))!
            : throw new InvalidOperationException($"{job.Engine} ended with exit code {process.ExitCode}");
    }

    /// <summary>False if the engine needs something that this machine does not have.</summary>
    public static bool CanRun(string engine) => engine != EngineNames.Pandas || PythonWithPandas.Value is not null;

    /// <summary>The child's side: writes the report and ends at once, whatever still runs in it.</summary>
    public static async Task ServeAsync(EngineJob job, string result, CancellationToken cancellationToken)
    {
        new Thread(EndWithParent) { IsBackground = true }.Start();
        var report = job.Engine switch
        {
            EngineNames.Append => await LogAppend.RunAsync(job, cancellationToken),
            EngineNames.Ours => await OursEngine.RunAsync(job, cancellationToken),
            EngineNames.AwaitedCalls => await AwaitedCallsEngine.RunAsync(job, cancellationToken),
            EngineNames.Akka => await AkkaEngine.RunAsync(job, cancellationToken),
            _ => throw new ArgumentException($"there is no engine {job.Engine}"),
        };
        await File.WriteAllTextAsync(result, JsonSerializer.Serialize(report), cancellationToken);
        Environment.Exit(0);
    }

    private static bool HasPandas(string python)
    {
        try
        {
            using var import = Process.Start(new ProcessStartInfo(python, ["-c", "import pandas"]) { RedirectStandardError = true })!;
            import.WaitForExit();
            return import.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static void EndWithParent()
    {
        Console.In.ReadToEnd();
        Environment.Exit(130);
    }
}
