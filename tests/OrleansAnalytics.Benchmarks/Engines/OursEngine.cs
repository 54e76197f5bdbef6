using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OrleansAnalytics.Events;
using OrleansAnalytics.Hosting;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Benchmarks.Engines;

/// <summary>
/// The real node over a log that holds both passes. A pass begins when the gate of the log opens and ends when every partition has committed a checkpoint
/// at its end: all events of the pass are then in every grain, and saved.
/// </summary>
internal sealed class OursEngine(EngineJob job, WebApplication app)
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(25);

    private readonly GatedLog _log = app.Services.GetRequiredService<GatedLog>();
    private readonly IPartitionGrain[] _partitions =
        [.. Enumerable.Range(0, app.Services.GetRequiredService<IEventLog>().PartitionCount).Select(one => app.Services.GetRequiredService<IGrainFactory>().GetGrain<IPartitionGrain>(one))];

    private long[] _applied = [];

    /// <summary>Runs both passes.</summary>
    public static async Task<EngineReport> RunAsync(EngineJob job, CancellationToken cancellationToken)
    {
        // It is never stopped: its process ends, and a million deactivations would measure nothing.
        var app = SiloHost.Build(new SiloSettings { DataFolder = job.Data, Urls = "http://127.0.0.1:0" }, services =>
        {
            services.AddSingleton(provider => new GatedLog(provider.GetRequiredService<RocksDbEventLog>()));
            services.AddSingleton<IEventLog>(provider => provider.GetRequiredService<GatedLog>());
        });
        await app.StartAsync(cancellationToken);
        var report = new EngineReport { Before = ProcessSize.Settled() };
        var engine = new OursEngine(job, app);
        var before = new long[engine._partitions.Length];
        foreach (var (pass, ends) in LogAppend.Ends(job.Data))
        {
            report.Passes.Add(await engine.PassAsync(pass, before, ends, cancellationToken));
            before = ends;
        }

        report.After = ProcessSize.Settled();
        report.ActiveEntities = app.Services.GetRequiredService<LocalEntities>().Count;
        return report;
    }

    private async Task<PassResult> PassAsync(string pass, long[] begins, long[] ends, CancellationToken cancellationToken)
    {
        _applied = [.. begins];
        using var clock = PassClock.Start(job.Engine, pass, ends.Sum() - begins.Sum(), () => _applied.Sum() - begins.Sum());
        _log.Open(ends);
        var partitions = ends.Select((end, partition) => AppliedAsync(partition, end, cancellationToken)).ToArray();
        var checkpoints = partitions.Select(async (applied, partition) =>
        {
            await applied;
            await _partitions[partition].CheckpointAsync();
        }).ToArray();
        await Task.WhenAll(partitions);
        clock.Applied();
        await Task.WhenAll(checkpoints);
        var result = clock.Stop();
        foreach (var (end, partition) in ends.Zip(_partitions))
        {
            Check(await partition.StatusAsync(), end);
        }

        return result;
    }

    private async Task AppliedAsync(int partition, long end, CancellationToken cancellationToken)
    {
        while ((_applied[partition] = (await _partitions[partition].StatusAsync()).Applied) < end)
        {
            await Task.Delay(PollEvery, cancellationToken);
        }
    }

    private static void Check(PartitionStatus status, long end)
    {
        if (status.ReplayFrom != end || status.Received != end || status.DirtyEntities != 0 || status.Rewinds != 0 || status.Rejected != 0)
        {
            throw new InvalidOperationException($"the pass is not what was to be measured: {status} instead of {end} positions saved at one go");
        }
    }
}
