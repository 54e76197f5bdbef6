using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Snapshots;

/// <summary>Registers what <see cref="SnapshotGrain"/> needs; a host with a lake that can be read puts its own <see cref="IPeriodSnapshots"/> in.</summary>
internal static class SnapshotServices
{
    /// <summary>Adds the snapshots of closed periods; their options are checked at start.</summary>
    public static IServiceCollection AddSnapshots(this IServiceCollection services)
    {
        services.AddOptions<SnapshotOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SnapshotOptions>, SnapshotOptionsValidator>());
        services.TryAddSingleton<IPeriodSnapshots, NoPeriodSnapshots>();
        return services;
    }
}
