using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Journeys;

namespace OrleansAnalytics.Lake;

/// <summary>Registers what questions to the lake over HTTP need.</summary>
public static class LakeQueryHosting
{
    /// <summary>Adds the questions to the lake in <paramref name="dataFolder"/>; their options are checked at start.</summary>
    public static IServiceCollection AddLakeQueries(this IServiceCollection services, string dataFolder)
    {
        services.AddOptions<LakeQueryOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LakeQueryOptions>, LakeQueryOptionsValidator>());

        // One meaning of "session" in the lake and in the live reports.
        services.AddOptions<LakeQueryOptions>().PostConfigure<IOptions<JourneyOptions>>((queries, journeys) => queries.SessionTimeout = journeys.Value.SessionTimeout);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new LakeFolder(Path.Combine(dataFolder, LakeFolder.Name)));
        services.TryAddSingleton<LakeQuestions>();
        return services;
    }
}
