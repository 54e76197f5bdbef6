using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Partitions;

/// <summary>The whole of storage inside the process: nothing to install, one data folder.</summary>
public static class EmbeddedStorage
{
    /// <summary>Registers the log (<c>log</c> in the data folder) and the stores (<c>state</c>); see <see cref="AddRocksDbLog"/> and <see cref="AddRocksDbState"/>.</summary>
    /// <param name="services">Where to register.</param>
    /// <param name="dataFolder">The data folder; created if missing. One process at a time.</param>
    public static IServiceCollection AddEmbeddedStorage(this IServiceCollection services, string dataFolder) =>
        services.AddRocksDbState(dataFolder).AddRocksDbLog(dataFolder);

    /// <summary>
    /// Registers the log in the folder <c>log</c>, which needs an <see cref="IDeadLetterStore"/> beside it. It opens before the silo starts and closes after it has
    /// stopped. Set <see cref="EventLogOptions"/> with <c>Configure</c>; they are checked at start.
    /// </summary>
    /// <param name="services">Where to register.</param>
    /// <param name="dataFolder">The data folder; created if missing. One process at a time.</param>
    public static IServiceCollection AddRocksDbLog(this IServiceCollection services, string dataFolder)
    {
        var folder = Path.GetFullPath(dataFolder);
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<EventLogOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EventLogOptions>, EventLogOptionsValidator>());
        services.AddSingleton(provider => new RocksDbEventLog(
            Path.Combine(folder, "log"),
            provider.GetRequiredService<IOptions<EventLogOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<ILogger<RocksDbEventLog>>(),
            partition => provider.GetService<RocksDbStateStore>() is { } state ? new RocksDbCheckpointStore(state).PositionOrZero(partition) : 0));
        services.AddSingleton<IEventLog>(provider => provider.GetRequiredService<RocksDbEventLog>());
        services.AddHostedService<Opener>();
        return services;
    }

    /// <summary>
    /// Registers the stores of entities, checkpoints and dead letters in the folder <c>state</c>. The database opens before the silo starts and closes after it has
    /// stopped. Set <see cref="StateStoreOptions"/> with <c>Configure</c>; they are checked at start.
    /// </summary>
    /// <param name="services">Where to register.</param>
    /// <param name="dataFolder">The data folder; created if missing. One process at a time.</param>
    public static IServiceCollection AddRocksDbState(this IServiceCollection services, string dataFolder)
    {
        var folder = Path.GetFullPath(dataFolder);
        services.AddOptions<StateStoreOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<StateStoreOptions>, StateStoreOptionsValidator>());
        services.AddSingleton(provider => new RocksDbStateStore(
            Path.Combine(folder, "state"), provider.GetRequiredService<IOptions<StateStoreOptions>>().Value));
        services.AddSingleton<ICheckpointStore, RocksDbCheckpointStore>();
        services.AddSingleton<IDeadLetterStore, RocksDbDeadLetterStore>();
        services.AddKeyedSingleton<IGrainStorage>(
            GrainTypes.EntityStorage, (provider, _) => new RocksDbGrainStorage(provider.GetRequiredService<RocksDbStateStore>()));
        return services;
    }

    /// <summary>
    /// Begins to open the databases that are embedded beside whatever else has to start: after a kill that replays their write-ahead logs, most of a second of work. What
    /// goes wrong here goes wrong again, and is told, when the databases are needed.
    /// </summary>
    /// <param name="provider">Where they are registered, if they are.</param>
    public static void OpenEmbeddedStorageAhead(this IServiceProvider provider)
    {
        Ahead<RocksDbStateStore>(provider);
        Ahead<RocksDbEventLog>(provider);
    }

    private static void Ahead<T>(IServiceProvider provider)
        where T : class =>
        Task.Run(() => provider.GetService<T>()).ContinueWith(
            static opening => _ = opening.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    /// <summary>Being constructed opens the databases, so a folder that cannot be used stops the start and not the first event.</summary>
    private sealed class Opener(RocksDbEventLog log, IDeadLetterStore deadLetters, TimeProvider time) : IHostedService
    {
        /// <summary>What the log lost is reported where people look for what could not be counted.</summary>
        public async Task StartAsync(CancellationToken cancellationToken) => await deadLetters.PutAsync(
            [.. log.Losses.Select(loss => new DeadLetter
            {
                Partition = loss.Partition,
                Position = loss.First,
                Entity = DamagedPositions.Entity,
                Reason = RejectReason.Damaged,
                Detail = DamagedPositions.Missing(loss.First, loss.Last),
                Source = "log",
                ReceivedMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
                Raw = default,
            })],
            cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
