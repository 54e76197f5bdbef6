using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Tests.Http;

namespace OrleansAnalytics.Tests.AzureStorage;

/// <summary>The real node with its log in a folder and everything else in this account.</summary>
/// <param name="azurite">The account.</param>
/// <param name="configuration">Further settings, as on the command line.</param>
internal sealed class ShopOnAzure(Azurite azurite, params IReadOnlyList<string> configuration) : ServedShop
{
    private readonly AzureOptions _own = AzureShop.OptionsOf(azurite);

    /// <summary>Tables and containers of this node.</summary>
    public AzureConnection Connection => new(_own, null);

    protected override IReadOnlyList<string> Configuration =>
    [
        "--Storage:State", "azure-tables", "--Lake:Kind", "azure-blobs", "--Reports:Kind", "azure-blobs", "--Azure:ConnectionString", _own.ConnectionString!,
        "--Azure:TablePrefix", _own.TablePrefix, "--Azure:ContainerPrefix", _own.ContainerPrefix, "--Azure:MaxRetries", "1", "--Azure:RetryDelay", "00:00:00.010",
        "--Lake:RetryDelay", "00:00:00.100", "--Partitions:MaxRetryDelay", "00:00:00.200", .. configuration,
    ];
}
