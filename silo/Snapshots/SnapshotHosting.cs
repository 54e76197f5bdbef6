using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Snapshots;

/// <summary>Registers the snapshots of a node's lake.</summary>
internal static class SnapshotHosting
{
    /// <summary>Adds the store in <c>snapshots</c> of <paramref name="dataFolder"/>.</summary>
    public static IServiceCollection AddDirectorySnapshots(this IServiceCollection services, string dataFolder) =>
        services.AddSingleton<ISnapshotStore>(provider => new DirectorySnapshotStore(
            Path.Combine(dataFolder, DirectorySnapshotStore.Name),
            provider.GetRequiredService<IOptions<SnapshotOptions>>().Value.KeepReplaced,
            provider.GetRequiredService<TimeProvider>()));

    /// <summary>Lets grains have them written; needs a store, and what <c>AddLakeFolder</c> registers.</summary>
    public static IServiceCollection AddLakeSnapshots(this IServiceCollection services) =>
        services.Replace(ServiceDescriptor.Singleton<IPeriodSnapshots, LakeSnapshots>());
}
