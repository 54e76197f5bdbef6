using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Lake;

/// <summary>Registers what a node does with its lake beside writing it.</summary>
internal static class LakeHosting
{
    /// <summary>Adds compaction, with its options under <c>Lake:Compaction</c>.</summary>
    public static IServiceCollection AddLakeCompaction(this IServiceCollection services)
    {
        services.AddOptions<LakeCompactionOptions>().BindConfiguration("Lake:Compaction").ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LakeCompactionOptions>, LakeCompactionOptionsValidator>());
        services.AddHostedService<LakeCompaction>();
        return services;
    }
}
