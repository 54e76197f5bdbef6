using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Journeys;

namespace OrleansAnalytics.Lake;

/// <summary>Registers what a node does with the lake beside deciding what is written.</summary>
public static class LakeHosting
{
    /// <summary>Adds the sink that writes into the folder <c>lake</c> of the data folder, which <see cref="AddLakeFolder"/> registers.</summary>
    public static IServiceCollection AddDirectoryLake(this IServiceCollection services) => services.AddSingleton<ILakeSink, DirectoryLakeSink>();

    /// <summary>Adds the folder, compaction of it, and questions to the lake over HTTP, wherever its files go; their options are checked at start.</summary>
    public static IServiceCollection AddLakeFolder(this IServiceCollection services, string dataFolder)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new LakeFolder(Path.Combine(dataFolder, LakeFolder.Name)));

        // One meaning of "session" in the lake, its digests and the live reports.
        services.AddOptions<LakeCompactionOptions>().ValidateOnStart()
            .PostConfigure<IOptions<JourneyOptions>>((compaction, journeys) => compaction.SessionTimeout = journeys.Value.SessionTimeout);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LakeCompactionOptions>, LakeCompactionOptionsValidator>());
        services.AddHostedService<LakeCompaction>();

        services.AddOptions<LakeQueryOptions>().ValidateOnStart()
            .PostConfigure<IOptions<JourneyOptions>>((queries, journeys) => queries.SessionTimeout = journeys.Value.SessionTimeout);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LakeQueryOptions>, LakeQueryOptionsValidator>());
        services.TryAddSingleton<LakeQuestions>();
        services.TryAddSingleton<JourneyPast>();
        return services;
    }
}
