using Microsoft.Extensions.Options;
using OrleansAnalytics.Events;
using OrleansAnalytics.Hosting;
using OrleansAnalytics.Ingest;
using Xunit;

namespace OrleansAnalytics.Tests.Events.Kafka;

/// <summary>What is wrong with brokers, topic or settings is said in one clear sentence, at start.</summary>
public sealed class KafkaTopicTests : IDisposable
{
    private readonly KafkaLogs _logs = new(partitions: 4, brokers: 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _logs.Dispose();

    [Fact]
    public Task A_topic_with_the_expected_partitions_is_opened() => _logs.Open().OpenAsync(Token);

    [Fact]
    public async Task A_topic_with_other_partitions_is_refused()
    {
        var exception = await Assert.ThrowsAsync<EventLogUnavailableException>(() => _logs.Open(partitions: 8).OpenAsync(Token));
        Assert.Contains("the topic events has 4 partitions and Log:Partitions is 8", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_topic_is_named_with_what_to_do()
    {
        var options = _logs.Options;
        options.Topic = "nowhere";
        var exception = await Assert.ThrowsAsync<EventLogUnavailableException>(() => _logs.Open(options).OpenAsync(Token));
        Assert.Contains("there is no topic nowhere", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Log:Kafka:CreateTopic", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_topic_that_cannot_be_created_is_told_with_the_reason()
    {
        var options = _logs.Options;
        (options.Topic, options.CreateTopic, options.ConnectTimeout) = ("nowhere", true, TimeSpan.FromSeconds(1));
        var exception = await Assert.ThrowsAsync<EventLogUnavailableException>(() => _logs.Open(options).OpenAsync(Token));
        Assert.Contains("the topic nowhere could not be created", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Brokers_that_are_not_there_are_named()
    {
        var options = _logs.Options;
        (options.BootstrapServers, options.ConnectTimeout) = ($"127.0.0.1:{FreePort.Or(0)}", TimeSpan.FromSeconds(1));
        var exception = await Assert.ThrowsAsync<EventLogUnavailableException>(() => _logs.Open(options).OpenAsync(Token));
        Assert.Contains(options.BootstrapServers, exception.Message, StringComparison.Ordinal);
        Assert.Contains("refused", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_that_are_not_taken_are_said_to_be_refused_and_never_shown()
    {
        // The brokers of this cluster know no credentials at all, so they take none.
        var options = _logs.Options;
        (options.SecurityProtocol, options.Username, options.Password, options.ConnectTimeout) = ("sasl_plaintext", "shop", "hidden-word", TimeSpan.FromSeconds(3));
        var exception = await Assert.ThrowsAsync<EventLogUnavailableException>(() => _logs.Open(options).OpenAsync(Token));
        Assert.Contains("SASL", exception.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("hidden-word", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void All_errors_of_the_options_are_named_at_once_without_secrets()
    {
        var validator = new KafkaLogOptionsValidator(
            Options.Create(new EventLogOptions { MaxAge = TimeSpan.FromDays(1) }), Options.Create(new IngestOptions { MaxDeadLetterBytes = 600_000 }));
        var result = validator.Validate(null, new KafkaLogOptions
        {
            BootstrapServers = "somewhere",
            Topic = "no topic",
            ReplicationFactor = 0,
            SecurityProtocol = "tls",
            SaslMechanism = "md5",
            Password = "hidden-word",
            ConnectionString = "hidden-string",
            CertificateAuthorities = "/nowhere/ca.pem",
            MaxRequestBytes = 1,
            Compression = "zip",
            Linger = TimeSpan.FromHours(1),
            AppendTimeout = TimeSpan.Zero,
            RequestTimeout = TimeSpan.Zero,
            ConnectTimeout = TimeSpan.Zero,
            ReadTimeout = TimeSpan.Zero,
            FetchWait = TimeSpan.Zero,
            MetadataMaxAge = TimeSpan.Zero,
            ReadBufferBytes = 1,
            MaxQueuedBytes = 1,
        });
        var told = string.Join('\n', result.Failures!);
        Assert.All(
            typeof(KafkaLogOptions).GetProperties().Where(option => option.PropertyType != typeof(bool) && option.Name != nameof(KafkaLogOptions.Password)),
            option => Assert.Contains($"Log:Kafka:{option.Name} ", told, StringComparison.Ordinal));
        Assert.Contains("Log:MaxAge", told, StringComparison.Ordinal);
        Assert.Contains("Ingest:MaxDeadLetterBytes", told, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_string_of_event_hubs_names_its_broker()
    {
        const string Hub = "Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=c2VjcmV0PT0=";
        Assert.True(EventHubs.TryBroker(Hub, out var broker));
        Assert.Equal("shop.servicebus.windows.net:9093", broker);
        Assert.True(new KafkaLogOptionsValidator().Validate(null, new KafkaLogOptions { ConnectionString = Hub }).Succeeded);
        Assert.True(new KafkaLogOptionsValidator().Validate(null, new KafkaLogOptions { BootstrapServers = broker, UseEntraId = true }).Succeeded);
    }
}
