using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Partitions;

/// <summary>Lets entities leave memory that nobody has used for a while; under memory pressure, all that nobody has used since the last look.</summary>
/// <param name="entities">The entities of this silo.</param>
/// <param name="options">How long a while is.</param>
/// <param name="time">The clock.</param>
public sealed class EntitySweeper(LocalEntities entities, IOptions<PartitionOptions> options, TimeProvider time) : BackgroundService
{
    internal static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    /// <summary>Looks in a row that must find an entity unused before it goes.</summary>
    internal static int IdleLooks(TimeSpan idleTime, long memoryLoad, long highMemoryLoad) => memoryLoad >= highMemoryLoad ? 1 : (int)Math.Ceiling(idleTime / LookEvery);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var memory = GC.GetGCMemoryInfo();
            entities.Sweep(IdleLooks(options.Value.EntityIdleTime, memory.MemoryLoadBytes, memory.HighMemoryLoadThresholdBytes));
        }
    }
}
