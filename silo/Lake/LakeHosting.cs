using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Journeys;

namespace OrleansAnalytics.Lake;

/// <summary>Registers what a node does with the lake in its data folder beside deciding what is written.</summary>
public static class LakeHosting
{
    /// <summary>Adds the folder, compaction of it, and questions to it over HTTP; their options are checked at start.</summary>
    public static IServiceCollection AddLakeFolder(this IServiceCollection services, string dataFolder)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new LakeFolder(Path.Combine(dataFolder, LakeFolder.Name)));
        services.TryAddSingleton<ILakeSink, DirectoryLakeSink>();

        services.AddOptions<LakeCompactionOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LakeCompactionOptions>, LakeCompactionOptionsValidator>());
        services.AddHostedService<LakeCompaction>();

        // One meaning of "session" in the lake and in the live reports.
        services.AddOptions<LakeQueryOptions>().ValidateOnStart()
            .PostConfigure<IOptions<JourneyOptions>>((queries, journeys) => queries.SessionTimeout = journeys.Value.SessionTimeout);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LakeQueryOptions>, LakeQueryOptionsValidator>());
        services.TryAddSingleton<LakeQuestions>();
        services.TryAddSingleton<JourneyPast>();
        return services;
    }
}
