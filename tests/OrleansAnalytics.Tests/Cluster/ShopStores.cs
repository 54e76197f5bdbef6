using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Tests.Cluster;

/// <summary>What outlives silos: the ports, the same objects for all silos of a cluster and for the next cluster.</summary>
internal sealed record ShopStores(IEventLog Log, ICheckpointStore Checkpoints, IDeadLetterStore DeadLetters, IGrainStorage Entities)
{
    /// <summary>Where snapshots go.</summary>
    public InMemoryReportSink Sink { get; } = new();

    /// <summary>The lake.</summary>
    public ILakeSink Lake { get; init; } = new InMemoryLakeSink();

    /// <summary>Empty stores in memory.</summary>
    public static ShopStores InMemory(int partitions = 4) => new(
        new InMemoryEventLog(new EventLogOptions { Partitions = partitions }, TimeProvider.System),
        new InMemoryCheckpointStore(),
        new InMemoryDeadLetterStore(),
        new InMemoryGrainStorage());

    /// <summary>Registers them; as instances, so that no silo disposes of them.</summary>
    public void Register(IServiceCollection services)
    {
        services.AddSingleton(Log);
        services.AddSingleton(Checkpoints);
        services.AddSingleton(DeadLetters);
        services.AddKeyedSingleton(GrainTypes.EntityStorage, Entities);
        services.AddSingleton<IReportSink>(Sink);
        services.AddSingleton(Lake);
    }
}
