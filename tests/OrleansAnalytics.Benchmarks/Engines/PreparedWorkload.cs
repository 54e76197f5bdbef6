using OrleansAnalytics.Benchmarks.Results;
using OrleansAnalytics.Benchmarks.Workloads;

namespace OrleansAnalytics.Benchmarks.Engines;

/// <summary>A workload's files and the log that holds them, for any number of runs. Tells on standard error what it does.</summary>
internal sealed class PreparedWorkload(Workload workload) : IDisposable
{
    private readonly WorkFolder _folder = new();
    private string? _files;
    private string? _log;

    /// <summary>Generates the events.</summary>
    /// <returns>Of a window of <see cref="WorkloadFile.Window"/> events of the cold pass, the share whose user the window has not had before.</returns>
    public double Generate(CancellationToken cancellationToken)
    {
        Progress.Tell($"{workload.Name}: generating {workload.Cold.Shop.Events:N0} events, and {workload.Warm?.Shop.Events ?? 0:N0} for the warm pass");
        _files = _folder.Create("workload");
        var share = WorkloadFile.Write(workload.Cold, Path.Combine(_files, $"{PassNames.Cold}.csv"), cancellationToken);
        if (workload.Warm is { } warm)
        {
            WorkloadFile.Write(warm, Path.Combine(_files, $"{PassNames.Warm}.csv"), cancellationToken);
        }

        return share;
    }

    /// <summary>Runs an engine in a process of its own; ours beside a log of its own that holds the events.</summary>
    public async Task<EngineReport> RunAsync(string engine, CancellationToken cancellationToken)
    {
        var files = _files ?? throw new InvalidOperationException("nothing was generated");
        if (engine == EngineNames.Ours && _log is null)
        {
            _log = _folder.Create("log");
            Progress.Tell($"{workload.Name}: appending the events to the log");
            var appended = await EngineProcess.RunAsync(new EngineJob(EngineNames.Append, files, _log), cancellationToken);
            Progress.Tell($"{workload.Name}: appended at {appended.Passes.Sum(pass => pass.Events) / appended.Passes.Sum(pass => pass.Seconds):N0} events/s");
        }

        var data = engine == EngineNames.Ours ? _folder.Copy(_log!, "data") : _folder.Create("data");
        var report = await EngineProcess.RunAsync(new EngineJob(engine, files, data), cancellationToken);
        foreach (var pass in report.Passes)
        {
            Progress.Tell($"{workload.Name}: {engine}, {pass.Pass}: {pass.EventsPerSecond:N0} events/s, {pass.CpuMicroseconds:N2} µs of CPU an event");
        }

        return report;
    }

    public void Dispose() => _folder.Dispose();
}
