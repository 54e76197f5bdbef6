using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Hosting;

/// <summary>Puts the ports where the settings say, in place of what is embedded.</summary>
internal static class StorageKinds
{
    /// <summary>In the data folder.</summary>
    public const string Embedded = "embedded";

    /// <summary>In Azure tables.</summary>
    public const string AzureTables = "azure-tables";

    /// <summary>In Azure blobs.</summary>
    public const string AzureBlobs = "azure-blobs";

    private const string LakeCache = "lake-cache";

    /// <summary>Reads <c>Storage:State</c>, <c>Lake:Kind</c> and <c>Reports:Kind</c>; call it when everything embedded is registered.</summary>
    /// <param name="services">Where to register.</param>
    /// <param name="configuration">The settings.</param>
    /// <param name="dataFolder">The data folder.</param>
    public static IServiceCollection AddStorageKinds(this IServiceCollection services, IConfiguration configuration, string dataFolder)
    {
        services.AddOptions<StorageOptions>().BindConfiguration("Storage").ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>());
        services.AddOptions<AzureOptions>().BindConfiguration("Azure");
        if (configuration[$"Storage:{nameof(StorageOptions.State)}"] == AzureTables)
        {
            services.AddAzureTableState();
        }

        if (configuration[$"Lake:{nameof(LakeOptions.Kind)}"] == AzureBlobs)
        {
            services.AddAzureBlobLake(Path.Combine(dataFolder, LakeCache));
        }

        if (configuration[$"Reports:{nameof(ReportOptions.Kind)}"] == AzureBlobs)
        {
            services.AddAzureBlobReports();
        }

        return services;
    }
}
