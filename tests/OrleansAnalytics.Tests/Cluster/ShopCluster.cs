using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.TestingHost;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Tests.Cluster;

/// <summary>The door, the log and a cluster with the real grains, registered as the silo registers them.</summary>
internal sealed class ShopCluster : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;
    private readonly EventDoor _door;

    private ShopCluster(InProcessTestCluster cluster)
    {
        _cluster = cluster;
        Log = cluster.Silos[0].ServiceProvider.GetRequiredService<IEventLog>();
        _door = new EventDoor(Log, Options.Create(new IngestOptions()), TimeProvider.System);
    }

    public IEventLog Log { get; }

    public IGrainFactory Grains => _cluster.Client;

    public InProcessTestCluster Orleans => _cluster;

    /// <summary>A running cluster over these stores.</summary>
    public static Task<ShopCluster> StartAsync(int silos, ShopStores stores, Action<PartitionOptions>? partitions = null) =>
        StartAsync(silos, stores.Register, partitions);

    /// <summary>A running cluster over the ports that <paramref name="ports"/> registers.</summary>
    public static async Task<ShopCluster> StartAsync(int silos, Action<IServiceCollection> ports, Action<PartitionOptions>? partitions = null)
    {
        var builder = new InProcessTestClusterBuilder((short)silos);

        // That directory never lets two activations of one grain be, and the real one does.
        UseTestClusterGrainDirectory(builder.Options, false);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddAnalyticsGrains();
            ports(silo.Services);
            silo.Services.Configure<PartitionOptions>(options => partitions?.Invoke(options));

            // A shared answer may be from before the events a test waited for.
            silo.Services.Configure<ReportOptions>(options => options.CacheFor = TimeSpan.Zero);

            // Many small files instead of one at the end.
            silo.Services.Configure<LakeOptions>(options =>
            {
                (options.WriteEvents, options.MaxEventsHeld, options.WriteEvery) = (200, 50, TimeSpan.FromMilliseconds(500));
                options.RetryDelay = TimeSpan.FromMilliseconds(50);
            });

            // The oracle forgets nothing, and a generated shop has visitors with many sessions.
            silo.Services.Configure<JourneyOptions>(options => options.MaxSessionsKept = 10_000);
            silo.Services.Configure<ClusterMembershipOptions>(options =>
            {
                // A silo that was killed is declared dead after a second and not after half a minute.
                options.ProbeTimeout = TimeSpan.FromMilliseconds(500);
                options.NumMissedProbesLimit = 2;
                options.NumVotesForDeathDeclaration = 1;
            });

            // A call that nobody will answer any more is a doubt after seconds, and its partition says so, instead of after half a minute.
            silo.Services.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = options.SystemResponseTimeout = TimeSpan.FromSeconds(5));
            silo.UseInMemoryReminderService();
        });
        var cluster = builder.Build();
        try
        {
            await cluster.DeployAsync();
            return new ShopCluster(cluster);
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a file through the door; completes when the log has acknowledged it.</summary>
    public Task<IngestResult> SendFileAsync(string path) => SendAsync(Path.GetFileName(path), File.ReadAllBytes(path));

    /// <summary>Sends CSV lines, the header first.</summary>
    public Task<IngestResult> SendLinesAsync(IEnumerable<string> lines, string source = "lines", long firstRecord = 1) =>
        SendAsync(source, Encoding.UTF8.GetBytes(string.Join('\n', lines)), firstRecord);

    /// <summary>Appends an event as it is, past the door and its checks.</summary>
    public async Task AppendAsync(ShopEvent shopEvent)
    {
        var writer = new EventBatchWriter();
        writer.Add(shopEvent);
        await Log.AppendAsync(PartitionRouter.PartitionOf(shopEvent.UserId, Log.PartitionCount), writer.Build());
    }

    /// <summary>Where every partition stands.</summary>
    public Task<PartitionStatus[]> StatusAsync() =>
        Task.WhenAll(Enumerable.Range(0, Log.PartitionCount).Select(partition => Partition(partition).StatusAsync().AsTask()));

    /// <summary>Waits until every entity has every event of the log, and nothing is to be recovered.</summary>
    public Task<PartitionStatus[]> QuietAsync() => Eventually.IsAsync(
        StatusAsync,
        statuses => statuses.All(one => one.Applied == one.End && one.Phase == PartitionPhase.Running),
        "every partition to apply its log to the end");

    /// <summary>Waits until every partition is quiet and has saved all: a silo that is found dead only now makes nothing go back any more.</summary>
    public Task<PartitionStatus[]> SavedAsync() => Eventually.IsAsync(
        StatusAsync,
        statuses => statuses.All(one => one.Applied == one.End && one.ReplayFrom == one.End && one.Phase == PartitionPhase.Running),
        "every partition to apply its log to the end and commit a checkpoint there");

    /// <summary>Waits until the partitions together have applied so many entries.</summary>
    public Task AppliedAsync(long entries) => Eventually.IsAsync(
        StatusAsync, statuses => statuses.Sum(one => one.Applied) >= entries, $"{entries} applied entries");

    /// <summary>Saves all and commits checkpoints; answers the positions.</summary>
    public Task<long[]> CheckpointAsync() =>
        Task.WhenAll(Enumerable.Range(0, Log.PartitionCount).Select(partition => Partition(partition).CheckpointAsync()));

    /// <summary>Brings the lake up to what is applied; answers the positions.</summary>
    public Task<long[]> WriteLakeAsync() =>
        Task.WhenAll(Enumerable.Range(0, Log.PartitionCount).Select(partition => Partition(partition).WriteLakeAsync()));

    public IPartitionGrain Partition(int partition) => Grains.GetGrain<IPartitionGrain>(partition);

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    // It has no public setter.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_UseTestClusterGrainDirectory")]
    private static extern void UseTestClusterGrainDirectory(InProcessTestClusterOptions options, bool value);

    private async Task<IngestResult> SendAsync(string source, byte[] text, long firstRecord = 1)
    {
        using var session = _door.Begin(source, firstRecord);
        await EventSource.ReadAsync(new MemoryStream(text), null, session);
        return session.Result;
    }
}
