using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Hosting.Profiles;

/// <summary>Registers the options that choose the parts.</summary>
public static class ProfileHosting
{
    /// <summary>Adds <see cref="StorageOptions"/> and <see cref="ClusteringOptions"/>; they are checked at start.</summary>
    public static IServiceCollection AddNodeOptions(this IServiceCollection services)
    {
        services.AddOptions<StorageOptions>().ValidateOnStart();
        services.AddOptions<ClusteringOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ClusteringOptions>, ClusteringOptionsValidator>());
        return services;
    }
}
