using OrleansAnalytics.Client;

namespace OrleansAnalytics.Cli;

/// <summary>One process of a <see cref="LoadFleet"/>: tells the process that started it what it measures, and stops when that one is gone.</summary>
internal static class LoadPart
{
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(1);

    /// <summary>Makes its part of the load.</summary>
    public static async Task<int> RunAsync(LoadPlan plan, Server server, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _ = Task.Run(() => WatchAsync(end.CancelAsync), CancellationToken.None);
        using var run = new LoadRun(plan, server, TimeProvider.System);
        var running = run.RunAsync(end.Token);
        while (await Task.WhenAny(running, Task.Delay(TellEvery, CancellationToken.None)) != running)
            await Console.Out.WriteLineAsync(run.Measured(stopped: false).ToLine());
        try
        {
            await running;
        }
        catch (AnalyticsRequestException)
        {
            // It is among the errors of what was measured.
        }
        await Console.Out.WriteLineAsync(run.Measured(end.IsCancellationRequested).ToLine());
        return end.IsCancellationRequested || run.Counts.Errors.Count > 0 ? CommandLine.Failed : CommandLine.Success;
    }

    /// <summary>The console's reader blocks, whatever it is asked.</summary>
    private static async Task WatchAsync(Func<Task> end)
    {
        while (Console.In.ReadLine() is not null)
        {
        }
        await end();
    }
}
