using Microsoft.Extensions.Logging.Abstractions;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Tests.Events.Kafka;

/// <summary>A cluster with one topic, and logs on it; all are gone when this is.</summary>
internal sealed class KafkaLogs : IDisposable
{
    public const string Topic = "events";

    private readonly List<KafkaEventLog> _open = [];

    public KafkaLogs(int partitions, int brokers = 3)
    {
        Cluster = new MockKafka(brokers);
        Cluster.CreateTopic(Topic, partitions);
        Partitions = partitions;
    }

    public MockKafka Cluster { get; }

    public int Partitions { get; }

    /// <summary>As on the command line.</summary>
    public string[] Settings =>
    [
        "--Log:Kind", "kafka", "--Log:Partitions", $"{Partitions}", "--Log:Kafka:BootstrapServers", Cluster.Brokers, "--Log:Kafka:Topic", Topic,
        "--Log:Kafka:FetchWait", "00:00:00.010", "--Log:Kafka:Linger", "00:00:00",
    ];

    /// <summary>
    /// Options for tests: this cluster's brokers tell a waiting reader nothing before its time is over, as real ones do at once.
    /// </summary>
    public KafkaLogOptions Options => new()
    {
        BootstrapServers = Cluster.Brokers,
        Topic = Topic,
        FetchWait = TimeSpan.FromMilliseconds(10),
        Linger = TimeSpan.Zero,
        RequestTimeout = TimeSpan.FromSeconds(2),
        AppendTimeout = TimeSpan.FromSeconds(10),
        ReadTimeout = TimeSpan.FromSeconds(15),
    };

    public KafkaEventLog Open(KafkaLogOptions? options = null, TimeProvider? time = null, int? partitions = null)
    {
        var log = new KafkaEventLog(
            options ?? Options, partitions ?? Partitions, new IngestOptions(), time ?? TimeProvider.System, NullLogger<KafkaEventLog>.Instance);
        _open.Add(log);
        return log;
    }

    public void Dispose()
    {
        _open.ForEach(log => log.Dispose());
        Cluster.Dispose();
    }
}
