using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Lake;

/// <summary>Registers what a node does with its lake beside writing it.</summary>
internal static class LakeHosting
{
    /// <summary>Adds compaction; its options are checked at start.</summary>
    public static IServiceCollection AddLakeCompaction(this IServiceCollection services)
    {
        services.AddOptions<LakeCompactionOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LakeCompactionOptions>, LakeCompactionOptionsValidator>());
        services.AddHostedService<LakeCompaction>();
        return services;
    }
}
