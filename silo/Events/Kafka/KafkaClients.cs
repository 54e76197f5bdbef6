using Confluent.Kafka;
using ErrorCode = Confluent.Kafka.ErrorCode;

namespace OrleansAnalytics.Events;

/// <summary>Makes the clients of the broker as the options want them, and remembers what they last complained of.</summary>
/// <param name="options">How to reach the brokers.</param>
/// <param name="logger">Told of complaints.</param>
internal sealed class KafkaClients(KafkaLogOptions options, ILogger logger)
{
    /// <summary>Compressions by name.</summary>
    public static IReadOnlyDictionary<string, CompressionType> Compressions { get; } = new Dictionary<string, CompressionType>
    {
        ["none"] = CompressionType.None,
        ["lz4"] = CompressionType.Lz4,
        ["zstd"] = CompressionType.Zstd,
        ["gzip"] = CompressionType.Gzip,
        ["snappy"] = CompressionType.Snappy,
    };

    /// <summary>Protocols by name.</summary>
    public static IReadOnlyDictionary<string, SecurityProtocol> Protocols { get; } = new Dictionary<string, SecurityProtocol>
    {
        ["plaintext"] = SecurityProtocol.Plaintext,
        ["ssl"] = SecurityProtocol.Ssl,
        ["sasl_plaintext"] = SecurityProtocol.SaslPlaintext,
        ["sasl_ssl"] = SecurityProtocol.SaslSsl,
    };

    /// <summary>Ways to tell user and password by name.</summary>
    public static IReadOnlyDictionary<string, SaslMechanism> Mechanisms { get; } = new Dictionary<string, SaslMechanism>
    {
        ["plain"] = SaslMechanism.Plain,
        ["scram-sha-256"] = SaslMechanism.ScramSha256,
        ["scram-sha-512"] = SaslMechanism.ScramSha512,
    };

    private volatile string? _trouble;

    /// <summary>The brokers to begin with.</summary>
    public string Brokers { get; } = options.ConnectionString is { } connection && string.IsNullOrWhiteSpace(options.BootstrapServers) && EventHubs.TryBroker(connection, out var broker)
        ? broker
        : options.BootstrapServers ?? "";

    /// <summary>What a client last complained of, to end a message with; empty if none did since the last success.</summary>
    public string Trouble => _trouble is { } trouble ? $": {trouble}" : "";

    /// <summary>Says that all is well again.</summary>
    public void Succeeded() => _trouble = null;

    /// <summary>An idempotent producer.</summary>
    public IProducer<Null, byte[]> Producer(Action<Error> onError)
    {
        var config = Configure(new ProducerConfig
        {
            EnableIdempotence = true,
            Acks = Acks.All,
            MessageMaxBytes = options.MaxRequestBytes,
            BatchSize = options.MaxRequestBytes,
            LingerMs = options.Linger.TotalMilliseconds,
            MessageTimeoutMs = (int)options.AppendTimeout.TotalMilliseconds,
            RequestTimeoutMs = (int)options.RequestTimeout.TotalMilliseconds,
            CompressionType = Compressions[options.Compression],
            QueueBufferingMaxKbytes = options.MaxQueuedBytes >> 10,
            EnableDeliveryReports = true,
            DeliveryReportFields = "status",
            RetryBackoffMs = 50,
        });
        var builder = new ProducerBuilder<Null, byte[]>(config).SetLogHandler((_, line) => Log(line)).SetErrorHandler((_, error) => Keep(error, onError));
        return (options.UseEntraId ? builder.SetOAuthBearerTokenRefreshHandler(EventHubs.Tokens(Brokers)) : builder).Build();
    }

    /// <summary>A consumer that is told where to read, belongs to no group and commits nothing.</summary>
    public IConsumer<Ignore, byte[]> Consumer()
    {
        var config = Configure(new ConsumerConfig
        {
            // Asked for by the client; nothing joins it.
            GroupId = "orleans-analytics",
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            EnablePartitionEof = true,
            AllowAutoCreateTopics = false,

            // What retention has removed is to be told, not passed over.
            AutoOffsetReset = AutoOffsetReset.Error,
            FetchWaitMaxMs = (int)options.FetchWait.TotalMilliseconds,
            FetchErrorBackoffMs = 50,
            FetchQueueBackoffMs = 10,
            QueuedMaxMessagesKbytes = Math.Max(64, options.ReadBufferBytes >> 11),
        });
        var builder = new ConsumerBuilder<Ignore, byte[]>(config).SetLogHandler((_, line) => Log(line)).SetErrorHandler((_, error) => Keep(error, null));
        return (options.UseEntraId ? builder.SetOAuthBearerTokenRefreshHandler(EventHubs.Tokens(Brokers)) : builder).Build();
    }

    /// <summary>A client that asks about topics.</summary>
    public IAdminClient Admin()
    {
        var builder = new AdminClientBuilder(Configure(new AdminClientConfig())).SetLogHandler((_, line) => Log(line)).SetErrorHandler((_, error) => Keep(error, null));
        return (options.UseEntraId ? builder.SetOAuthBearerTokenRefreshHandler(EventHubs.Tokens(Brokers)) : builder).Build();
    }

    private T Configure<T>(T config)
        where T : ClientConfig
    {
        config.BootstrapServers = Brokers;
        config.ClientId = "orleans-analytics";
        config.SocketTimeoutMs = (int)options.RequestTimeout.TotalMilliseconds;
        config.SocketKeepaliveEnable = options.KeepAlive;
        config.SocketNagleDisable = true;
        config.MetadataMaxAgeMs = (int)options.MetadataMaxAge.TotalMilliseconds;
        config.ConnectionsMaxIdleMs = (int)options.MetadataMaxAge.TotalMilliseconds;
        config.ReconnectBackoffMs = 50;
        config.ReconnectBackoffMaxMs = 2000;
        config.SslCaLocation = options.CertificateAuthorities;
        if (options.ConnectionString is { } connection)
        {
            (config.SecurityProtocol, config.SaslMechanism) = (SecurityProtocol.SaslSsl, SaslMechanism.Plain);
            (config.SaslUsername, config.SaslPassword) = (EventHubs.ConnectionStringUser, connection);
        }
        else if (options.UseEntraId)
        {
            (config.SecurityProtocol, config.SaslMechanism) = (SecurityProtocol.SaslSsl, SaslMechanism.OAuthBearer);
        }
        else
        {
            config.SecurityProtocol = Protocols[options.SecurityProtocol];
            if (options.Username is { } user)
            {
                (config.SaslMechanism, config.SaslUsername, config.SaslPassword) = (Mechanisms[options.SaslMechanism], user, options.Password);
            }
        }

        return config;
    }

    private void Keep(Error error, Action<Error>? onError)
    {
        // That a broker is refused tells more than that all are down, which follows from it.
        if (error.Code != ErrorCode.Local_AllBrokersDown || _trouble is null)
        {
            _trouble = error.Code == ErrorCode.Local_Authentication ? $"the credentials were refused: {error.Reason}" : error.Reason;
        }

        KafkaEventLogLog.Trouble(logger, error.Reason);
        onError?.Invoke(error);
    }

    private void Log(LogMessage line) => KafkaEventLogLog.Line(logger, line.Message);
}
