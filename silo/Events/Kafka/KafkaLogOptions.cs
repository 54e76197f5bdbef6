namespace OrleansAnalytics.Events;

/// <summary>The topic that is the log, and how it is reached. Secrets are never logged or shown.</summary>
public sealed class KafkaLogOptions
{
    /// <summary>Brokers to begin with, <c>host:port</c> separated by commas; needed unless <see cref="ConnectionString"/> names them. Default none.</summary>
    public string? BootstrapServers { get; set; }

    /// <summary>The topic (event hub). Its partitions are those of the log: as many as <c>Log:Partitions</c> says. Default events.</summary>
    public string Topic { get; set; } = "events";

    /// <summary>A missing topic is created at start. Default false.</summary>
    public bool CreateTopic { get; set; }

    /// <summary>Copies of each partition of a topic that is created. Default 3.</summary>
    public int ReplicationFactor { get; set; } = 3;

    /// <summary><c>plaintext</c>, <c>ssl</c>, <c>sasl_plaintext</c> or <c>sasl_ssl</c>. With a connection string or Entra ID always sasl_ssl. Default plaintext.</summary>
    public string SecurityProtocol { get; set; } = "plaintext";

    /// <summary><c>plain</c>, <c>scram-sha-256</c> or <c>scram-sha-512</c>: how user and password are told. Default plain.</summary>
    public string SaslMechanism { get; set; } = "plain";

    /// <summary>The user. Default none.</summary>
    public string? Username { get; set; }

    /// <summary>The user's password. Default none.</summary>
    public string? Password { get; set; }

    /// <summary>A connection string of Azure Event Hubs, instead of user and password; it also names the broker. Default none.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Sign in to Azure Event Hubs with a Microsoft Entra token, found as <c>DefaultAzureCredential</c> does: managed identity, environment, developer tools. Default false.</summary>
    public bool UseEntraId { get; set; }

    /// <summary>A file with the certificates of authorities to trust; null trusts those of the machine. Default none.</summary>
    public string? CertificateAuthorities { get; set; }

    /// <summary>Bytes of the largest request with events; larger batches are divided. Azure Event Hubs takes less than 1,046,528. Default 1,000,000.</summary>
    public int MaxRequestBytes { get; set; } = 1_000_000;

    /// <summary><c>none</c>, <c>lz4</c>, <c>zstd</c>, <c>gzip</c> or <c>snappy</c>. Azure Event Hubs below Premium takes none, and Premium gzip. Default none.</summary>
    public string Compression { get; set; } = "none";

    /// <summary>How long an append waits for others of its partition to share a request. Default 2 milliseconds.</summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>How long an append may take, with all its retries, until it is refused. Default 30 seconds.</summary>
    public TimeSpan AppendTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one request to a broker may take. Default 20 seconds.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long brokers are waited for at start, and for what they say about the topic. Default 15 seconds.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a batch that the log has may take to arrive. Default 30 seconds.</summary>
    public TimeSpan ReadTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a broker holds a request for events back until there are some; also the longest that a reader waits when it goes to another position. Default 100 milliseconds.</summary>
    public TimeSpan FetchWait { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long is believed which broker leads a partition; idle connections are closed after as long. Default 3 minutes.</summary>
    public TimeSpan MetadataMaxAge { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>Idle connections are kept alive by TCP. Default true.</summary>
    public bool KeepAlive { get; set; } = true;

    /// <summary>Bytes read ahead, for each partition and reader; a partition has two readers, its own and that of the lake. Default 4 MiB.</summary>
    public int ReadBufferBytes { get; set; } = 4 << 20;

    /// <summary>Bytes of appends that wait for their brokers; further ones are refused. Default 128 MiB.</summary>
    public int MaxQueuedBytes { get; set; } = 128 << 20;
}
