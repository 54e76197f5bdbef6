using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Snapshots;

/// <summary>Registers the snapshots of a node's lake.</summary>
internal static class SnapshotHosting
{
    /// <summary>Adds them in <c>snapshots</c> of <paramref name="dataFolder"/>; needs what <c>AddLakeFolder</c> registers.</summary>
    public static IServiceCollection AddLakeSnapshots(this IServiceCollection services, string dataFolder)
    {
        services.AddSingleton(provider => new DirectorySnapshotStore(
            Path.Combine(dataFolder, DirectorySnapshotStore.Name),
            provider.GetRequiredService<IOptions<SnapshotOptions>>().Value.KeepReplaced,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ISnapshotStore>(provider => provider.GetRequiredService<DirectorySnapshotStore>());
        services.Replace(ServiceDescriptor.Singleton<IPeriodSnapshots, LakeSnapshots>());
        return services;
    }
}
