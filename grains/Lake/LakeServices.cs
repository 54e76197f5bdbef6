using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Lake;

/// <summary>Registers what writes the lake, except the port (<see cref="ILakeSink"/>).</summary>
internal static class LakeServices
{
    /// <summary>Adds the lake; its options are checked at start.</summary>
    public static IServiceCollection AddLake(this IServiceCollection services)
    {
        services.AddOptions<LakeOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LakeOptions>, LakeOptionsValidator>());
        services.TryAddSingleton<LakeTurns>();
        return services;
    }
}
