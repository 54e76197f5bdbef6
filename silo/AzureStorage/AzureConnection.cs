using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Options;

namespace OrleansAnalytics.AzureStorage;

/// <summary>The account's tables and blobs, under this shop's prefixes. The clients repeat what was throttled or lost, with growing pauses. Safe for concurrent use.</summary>
public sealed class AzureConnection
{
    private readonly AzureOptions _options;
    private readonly TableServiceClient _tables;
    private readonly BlobServiceClient _blobs;

    /// <summary>Connects to nothing yet.</summary>
    public AzureConnection(IOptions<AzureOptions> options)
        : this(options.Value, transport: null)
    {
    }

    /// <summary>With a transport of the test's own around the real one.</summary>
    internal AzureConnection(AzureOptions options, HttpPipelineTransport? transport)
    {
        _options = options;
        var (tables, blobs) = (Set(new TableClientOptions(), options, transport), Set(new BlobClientOptions(), options, transport));
        if (options.ConnectionString is { Length: > 0 } text)
        {
            (_tables, _blobs) = (new TableServiceClient(text, tables), new BlobServiceClient(text, blobs));
            return;
        }

        var credential = new DefaultAzureCredential();
        _tables = new TableServiceClient(new Uri(options.TableUri!), credential, tables);
        _blobs = new BlobServiceClient(new Uri(options.BlobUri!), credential, blobs);
    }

    /// <summary>The table with this name behind the prefix.</summary>
    public TableClient Table(string name) => _tables.GetTableClient(_options.TablePrefix + name);

    /// <summary>The container with this name behind the prefix.</summary>
    public BlobContainerClient Container(string name) => _blobs.GetBlobContainerClient($"{_options.ContainerPrefix}-{name}");

    private static TOptions Set<TOptions>(TOptions client, AzureOptions options, HttpPipelineTransport? transport)
        where TOptions : ClientOptions
    {
        client.Retry.Mode = RetryMode.Exponential;
        client.Retry.MaxRetries = options.MaxRetries;
        client.Retry.Delay = options.RetryDelay;
        client.Retry.MaxDelay = options.MaxRetryDelay;
        client.Retry.NetworkTimeout = options.TryTimeout;
        client.Diagnostics.IsLoggingEnabled = false;
        if (transport is not null)
        {
            client.Transport = transport;
        }

        return client;
    }
}
