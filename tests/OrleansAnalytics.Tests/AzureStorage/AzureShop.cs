using Azure.Core.Pipeline;
using Microsoft.Extensions.Options;
using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Tests.AzureStorage;

/// <summary>Tables and containers of their own for one test, by their prefix.</summary>
public sealed class AzureShop : IAsyncDisposable
{
    private AzureTableStateStore? _state;

    private AzureShop(AzureOptions options, HttpPipelineTransport? transport)
    {
        Settings = options;
        Connection = new AzureConnection(options, transport);
    }

    /// <summary>Where everything is.</summary>
    public AzureOptions Settings { get; }

    public AzureConnection Connection { get; }

    /// <summary>The rows of entities; finished with the shop.</summary>
    public AzureTableStateStore State => _state ??= new AzureTableStateStore(Connection, Options.Create(Settings));

    /// <summary>Creates all of them.</summary>
    public static async Task<AzureShop> CreateAsync(Azurite azurite, HttpPipelineTransport? transport = null)
    {
        var options = OptionsOf(azurite);
        await new AzureOpener(new AzureConnection(options, null), [new AzureNeed(["entities", "checkpoints", "deadletters"], ["state", "lake", "reports", "snapshots"])]).StartAsync(CancellationToken.None);
        return new AzureShop(options, transport);
    }

    /// <summary>Settings with prefixes that nobody else has, and little patience.</summary>
    public static AzureOptions OptionsOf(Azurite azurite)
    {
        var own = Guid.NewGuid().ToString("n")[..16];
        return new AzureOptions
        {
            ConnectionString = azurite.ConnectionString,
            TablePrefix = "t" + own,
            ContainerPrefix = "c" + own,
            RetryDelay = TimeSpan.FromMilliseconds(1),
            MaxRetryDelay = TimeSpan.FromMilliseconds(20),
        };
    }

    /// <summary>The same tables as another node sees them, or this one after a restart.</summary>
    public AzureShop Again(HttpPipelineTransport? transport = null) => new(Settings, transport);

    public async ValueTask DisposeAsync()
    {
        if (_state is not null)
        {
            await _state.DisposeAsync();
        }
    }
}
