using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Snapshots;

namespace OrleansAnalytics.AzureStorage;

/// <summary>
/// Puts ports on Azure Storage. Set <see cref="AzureOptions"/> with <c>Configure</c>; they are checked at start, and tables and
/// containers are created then, so that an account that cannot be used stops the start and not the first event.
/// </summary>
public static class AzureHosting
{
    /// <summary>Entities, checkpoints and dead letters in tables.</summary>
    public static IServiceCollection AddAzureTableState(this IServiceCollection services)
    {
        services.AddAzureStorage();
        services.TryAddSingleton<AzureTableStateStore>();
        services.AddSingleton<ICheckpointStore, AzureCheckpointStore>();
        services.AddSingleton<IDeadLetterStore, AzureDeadLetterStore>();
        services.AddKeyedSingleton<IGrainStorage>(GrainTypes.EntityStorage, (provider, _) => new AzureGrainStorage(provider.GetRequiredService<AzureTableStateStore>()));
        services.AddSingleton<IAzureNeed>(new AzureNeed(Tables: ["entities", "checkpoints", "deadletters"], Containers: ["state"]));
        services.AddHostedService<StraySweep>();
        return services;
    }

    /// <summary>The lake in a container. Questions are answered from a copy on this machine, which is brought up to date first; one silo at a time compacts it.</summary>
    /// <param name="services">Where to register.</param>
    /// <param name="cacheFolder">The folder for that copy; nothing else may write there.</param>
    /// <param name="workFolder">The folder in which files are put together; nothing else may write there.</param>
    public static IServiceCollection AddAzureBlobLake(this IServiceCollection services, string cacheFolder, string workFolder)
    {
        services.AddAzureStorage();
        services.AddSingleton<ILakeSink, BlobLakeSink>();
        services.TryAddSingleton(provider => new BlobLakeMirror(
            provider.GetRequiredService<AzureConnection>(), new LakeFolder(cacheFolder), provider.GetRequiredService<IOptions<AzureOptions>>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton(provider => new BlobLakeCompactor(
            provider.GetRequiredService<AzureConnection>(), new LakeFolder(workFolder), provider.GetRequiredService<IOptions<LakeCompactionOptions>>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IAzureNeed>(new AzureNeed(Tables: [], Containers: ["lake"]));
        return services;
    }

    /// <summary>Snapshots of reports in a container, and those of closed periods in another.</summary>
    public static IServiceCollection AddAzureBlobReports(this IServiceCollection services)
    {
        services.AddAzureStorage();
        services.AddSingleton<IReportSink, BlobReportSink>();
        services.AddSingleton<ISnapshotStore>(provider => new BlobSnapshotStore(
            provider.GetRequiredService<AzureConnection>(), provider.GetRequiredService<IOptions<SnapshotOptions>>().Value.KeepReplaced, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IAzureNeed>(new AzureNeed(Tables: [], Containers: ["reports", BlobSnapshotStore.Container]));
        return services;
    }

    /// <summary>The options with their check, and the connection.</summary>
    internal static IServiceCollection AddAzureOptions(this IServiceCollection services)
    {
        services.AddOptions<AzureOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AzureOptions>, AzureOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<AzureConnection>();
        return services;
    }

    private static void AddAzureStorage(this IServiceCollection services)
    {
        services.AddAzureOptions();

        // First of all hosted services: those that follow read and write.
        if (services.All(service => service.ImplementationType != typeof(AzureOpener)))
        {
            services.Insert(0, ServiceDescriptor.Singleton<IHostedService, AzureOpener>());
        }
    }
}

/// <summary>What a port needs to be there.</summary>
internal interface IAzureNeed
{
    /// <summary>Tables, without the prefix.</summary>
    IReadOnlyList<string> Tables { get; }

    /// <summary>Containers, without the prefix.</summary>
    IReadOnlyList<string> Containers { get; }
}

/// <summary>See <see cref="IAzureNeed"/>.</summary>
internal sealed record AzureNeed(IReadOnlyList<string> Tables, IReadOnlyList<string> Containers) : IAzureNeed;
