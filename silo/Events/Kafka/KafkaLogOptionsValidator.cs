using Microsoft.Extensions.Options;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Events;

/// <summary>Checks <see cref="KafkaLogOptions"/>, and what they demand of others; tells all errors at once, and no secret.</summary>
/// <param name="log">The log's options; null to leave them unchecked.</param>
/// <param name="ingest">The door's options; null to leave them unchecked.</param>
public sealed class KafkaLogOptionsValidator(IOptions<EventLogOptions>? log = null, IOptions<IngestOptions>? ingest = null) : IValidateOptions<KafkaLogOptions>
{
    private const int MaxRequestBytes = 16 << 20;
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    // A rejected record may come with the header of its file, which has the same limit, and with some words.
    private const int BytesBesideRejected = 4096;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, KafkaLogOptions options)
    {
        (string Option, bool Good, string Rule)[] rules =
        [
            .. Reach(options),
            (nameof(options.Topic), options.Topic is { Length: > 0 and <= 249 } && options.Topic.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'), "a topic's name: 1 to 249 letters, digits, '.', '_' and '-'"),
            (nameof(options.ReplicationFactor), options.ReplicationFactor is >= 1 and <= short.MaxValue, "at least 1"),
            (nameof(options.Compression), KafkaClients.Compressions.ContainsKey(options.Compression ?? ""), $"one of {string.Join(", ", KafkaClients.Compressions.Keys)}"),
            (nameof(options.MaxRequestBytes), options.MaxRequestBytes is >= 65_536 and <= MaxRequestBytes, "64 KiB to 16 MiB"),
            (nameof(options.Linger), options.Linger >= TimeSpan.Zero && options.Linger <= TimeSpan.FromSeconds(1), "0 to a second"),
            (nameof(options.AppendTimeout), options.AppendTimeout >= TimeSpan.FromMilliseconds(100) && options.AppendTimeout <= Longest, "100 milliseconds to an hour"),
            (nameof(options.RequestTimeout), options.RequestTimeout >= TimeSpan.FromMilliseconds(100) && options.RequestTimeout <= TimeSpan.FromMinutes(5), "100 milliseconds to 5 minutes"),
            (nameof(options.ConnectTimeout), options.ConnectTimeout >= TimeSpan.FromMilliseconds(100) && options.ConnectTimeout <= Longest, "100 milliseconds to an hour"),
            (nameof(options.ReadTimeout), options.ReadTimeout >= TimeSpan.FromMilliseconds(100) && options.ReadTimeout <= Longest, "100 milliseconds to an hour"),
            (nameof(options.FetchWait), options.FetchWait >= TimeSpan.FromMilliseconds(1) && options.FetchWait < options.RequestTimeout, "at least a millisecond and shorter than RequestTimeout"),
            (nameof(options.MetadataMaxAge), options.MetadataMaxAge >= TimeSpan.FromSeconds(1) && options.MetadataMaxAge <= Longest, "a second to an hour"),
            (nameof(options.ReadBufferBytes), options.ReadBufferBytes is >= 65_536 and <= 1 << 30, "64 KiB to 1 GiB"),
            (nameof(options.MaxQueuedBytes), options.MaxQueuedBytes is >= 1 << 20 and <= 2_000_000_000 && options.MaxQueuedBytes > options.MaxRequestBytes, "1 MiB to 2,000,000,000, and more than MaxRequestBytes"),
        ];
        var errors = rules.Where(rule => !rule.Good).Select(rule => $"Log:Kafka:{rule.Option} must be {rule.Rule}").Concat(Others(options)).ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static IEnumerable<(string Option, bool Good, string Rule)> Reach(KafkaLogOptions options)
    {
        var isEventHub = options.ConnectionString is not null;
        yield return (nameof(options.ConnectionString), !isEventHub || EventHubs.TryBroker(options.ConnectionString!, out _), "a connection string with Endpoint=sb://NAME/ and a key");
        yield return (nameof(options.ConnectionString), !isEventHub || (options.Username is null && options.Password is null && !options.UseEntraId), "alone: no user, password or Entra ID beside it");
        yield return (nameof(options.BootstrapServers), isEventHub || !string.IsNullOrWhiteSpace(options.BootstrapServers), "set: host:port of one or more brokers");
        yield return (
            nameof(options.BootstrapServers),
            string.IsNullOrWhiteSpace(options.BootstrapServers) || options.BootstrapServers.Split(',').All(one => Uri.TryCreate($"kafka://{one.Trim()}", UriKind.Absolute, out var uri) && uri.Port > 0),
            "host:port, separated by commas");
        yield return (nameof(options.SecurityProtocol), KafkaClients.Protocols.ContainsKey(options.SecurityProtocol ?? ""), $"one of {string.Join(", ", KafkaClients.Protocols.Keys)}");
        yield return (nameof(options.SaslMechanism), KafkaClients.Mechanisms.ContainsKey(options.SaslMechanism ?? ""), $"one of {string.Join(", ", KafkaClients.Mechanisms.Keys)}");
        yield return (nameof(options.Username), options.Username is null == options.Password is null, "set together with Password");
        yield return (nameof(options.UseEntraId), !options.UseEntraId || options.Username is null, "off where there is a user");
        yield return (
            nameof(options.Username),
            isEventHub || options.UseEntraId || options.Username is not null == (options.SecurityProtocol?.StartsWith("sasl", StringComparison.Ordinal) ?? false),
            "set with a SecurityProtocol that begins with sasl, and only then");
        yield return (nameof(options.CertificateAuthorities), options.CertificateAuthorities is null || File.Exists(options.CertificateAuthorities), "a file that exists");
    }

    private IEnumerable<string> Others(KafkaLogOptions options)
    {
        if (log?.Value is { } own && (own.MaxAge is not null || own.MaxBytesPerPartition is not null))
        {
            yield return "Log:MaxAge and Log:MaxBytesPerPartition must be none with Log:Kind kafka: the topic has its own retention";
        }

        if (ingest?.Value is { } door && (2 * door.MaxDeadLetterBytes) + BytesBesideRejected > KafkaMessages.Room(options))
        {
            yield return $"Ingest:MaxDeadLetterBytes must leave room for a rejected record in one request: at most {(KafkaMessages.Room(options) - BytesBesideRejected) / 2} with Log:Kafka:MaxRequestBytes {options.MaxRequestBytes}";
        }
    }
}
