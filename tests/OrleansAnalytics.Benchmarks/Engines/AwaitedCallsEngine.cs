using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansAnalytics.Hosting;

namespace OrleansAnalytics.Benchmarks.Engines;

/// <summary>
/// Orleans as it is usually written: one silo, and for each event three calls (user, product, category) that are awaited; nothing is saved. The calls of an
/// event are under way together, and many events are.
/// </summary>
internal static class AwaitedCallsEngine
{
    /// <summary>Events under way at the same time, with three calls each. Of 64, 256 and 1,024 the first took the least processor time.</summary>
    private const int EventsInFlight = 64;

    public static async Task<EngineReport> RunAsync(EngineJob job, CancellationToken cancellationToken)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        var siloPort = FreePort.Or(0);
        builder.UseOrleans(silo => silo.UseLocalhostClustering(siloPort, FreePort.Or(0)));
        var host = builder.Build();
        await host.StartAsync(cancellationToken);
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        var report = new EngineReport { Before = ProcessSize.Settled() };
        foreach (var pass in job.Passes)
        {
            report.Passes.Add(await PassAsync(job, pass, grains, cancellationToken));
        }

        report.After = ProcessSize.Settled();
        return report;
    }

    private static async Task<PassResult> PassAsync(EngineJob job, string pass, IGrainFactory grains, CancellationToken cancellationToken)
    {
        var rows = EventRow.Read(job.File(pass));
        var next = -1;
        using var clock = PassClock.Start(job.Engine, pass, rows.Length, () => Math.Min(next, rows.Length));
        await Task.WhenAll(Enumerable.Range(0, EventsInFlight).Select(_ => Task.Run(DeliverAsync, cancellationToken)));
        return clock.Stop();

        async Task DeliverAsync()
        {
            for (var i = Interlocked.Increment(ref next); i < rows.Length; i = Interlocked.Increment(ref next))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var row = rows[i];
                var user = grains.GetGrain<IFoldUserGrain>(row.User).AddAsync(row);
                var product = grains.GetGrain<IFoldProductGrain>(row.Product).AddAsync(row);
                var category = grains.GetGrain<IFoldCategoryGrain>(row.Category).AddAsync(row);
                await user;
                await product;
                await category;
            }
        }
    }
}
