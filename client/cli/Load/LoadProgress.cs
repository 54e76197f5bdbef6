using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary>Shows on standard error how a load goes.</summary>
internal static class LoadProgress
{
    private static readonly TimeSpan BarEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(10);

    /// <summary>Shows it until it is over: a bar on a terminal, else a line now and then.</summary>
    public static async Task ShowAsync(LoadPlan plan, Func<LoadMeasurement> measured, Task running)
    {
        if (Console.IsErrorRedirected)
        {
            while (await Task.WhenAny(running, Task.Delay(LineEvery)) != running)
                await Console.Error.WriteLineAsync(LoadReport.Progress(measured()));
            await running;
            return;
        }

        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        await terminal.Progress().Columns(new ProgressBarColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }).StartAsync(async context =>
        {
            var task = context.AddTask("", maxValue: plan.Duration.TotalSeconds);
            while (await Task.WhenAny(running, Task.Delay(BarEvery)) != running)
            {
                var sofar = measured();
                task.Value = sofar.Sending.TotalSeconds;
                task.Description = LoadReport.Progress(sofar);
            }
            await running;
        });
    }
}
