using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Lake;

/// <summary>Registers what a node does with its lake beside writing it.</summary>
internal static class LakeHosting
{
    /// <summary>Adds the sink that writes into the folder <c>lake</c> of the data folder.</summary>
    public static IServiceCollection AddDirectoryLake(this IServiceCollection services, string dataFolder)
    {
        services.AddSingleton(new LakeFolder(Path.Combine(dataFolder, LakeFolder.Name)));
        services.AddSingleton<ILakeSink, DirectoryLakeSink>();
        return services;
    }

    /// <summary>Adds compaction; its options are checked at start.</summary>
    public static IServiceCollection AddLakeCompaction(this IServiceCollection services)
    {
        services.AddOptions<LakeCompactionOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LakeCompactionOptions>, LakeCompactionOptionsValidator>());
        services.AddHostedService<LakeCompaction>();
        return services;
    }
}
