using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;
using ErrorCode = Confluent.Kafka.ErrorCode;

namespace OrleansAnalytics.Tests.Events.Kafka;

/// <summary>
/// A cluster of brokers that speak the Kafka protocol on real sockets, in this process: the mock cluster of librdkafka. Other processes reach it too. It keeps
/// at most 5 MiB or 100,000 batches of a partition, knows no credentials and creates no topics for clients.
/// </summary>
internal sealed unsafe class MockKafka : IDisposable
{
    private const int Producer = 0;
    private const int ErrorBytes = 512;
    private static readonly nint Library = Load();

    private readonly nint _client;
    private readonly nint _cluster;

    /// <summary>Starts brokers with the ids 1 to <paramref name="brokers"/>.</summary>
    public MockKafka(int brokers = 3)
    {
        var error = stackalloc byte[ErrorBytes];
        var configuration = ((delegate* unmanaged<nint>)Export("rd_kafka_conf_new"))();
        fixed (byte* name = Text("log_level"), value = Text("0"))
        {
            ((delegate* unmanaged<nint, byte*, byte*, byte*, nuint, int>)Export("rd_kafka_conf_set"))(configuration, name, value, error, ErrorBytes);
        }

        _client = ((delegate* unmanaged<int, nint, byte*, nuint, nint>)Export("rd_kafka_new"))(Producer, configuration, error, ErrorBytes);
        _cluster = ((delegate* unmanaged<nint, int, nint>)Export("rd_kafka_mock_cluster_new"))(_client, brokers);
        Brokers = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)Export("rd_kafka_mock_cluster_bootstraps"))(_cluster))!;
        BrokerCount = brokers;
    }

    /// <summary><c>host:port</c> of all brokers, separated by commas.</summary>
    public string Brokers { get; }

    public int BrokerCount { get; }

    public void CreateTopic(string topic, int partitions)
    {
        fixed (byte* name = Text(topic))
        {
            Check(((delegate* unmanaged<nint, byte*, int, int, int>)Export("rd_kafka_mock_topic_create"))(_cluster, name, partitions, Math.Min(3, BrokerCount)));
        }
    }

    /// <summary>Closes a broker's connections and takes no new ones.</summary>
    public void Down(int broker) => Check(((delegate* unmanaged<nint, int, int>)Export("rd_kafka_mock_broker_set_down"))(_cluster, broker));

    /// <summary>Takes connections again.</summary>
    public void Up(int broker) => Check(((delegate* unmanaged<nint, int, int>)Export("rd_kafka_mock_broker_set_up"))(_cluster, broker));

    public void AllDown() => Each(Down);

    public void AllUp() => Each(Up);

    /// <summary>Another broker leads the partition from now on.</summary>
    public void Lead(string topic, int partition, int broker)
    {
        fixed (byte* name = Text(topic))
        {
            Check(((delegate* unmanaged<nint, byte*, int, int, int>)Export("rd_kafka_mock_partition_set_leader"))(_cluster, name, partition, broker));
        }
    }

    /// <summary>Retention: everything before an offset is gone.</summary>
    public void Remove(string topic, int partition, long before)
    {
        fixed (byte* name = Text(topic))
        {
            Check(((delegate* unmanaged<nint, byte*, int, long, int>)Export("rd_kafka_mock_partition_delete_records"))(_cluster, name, partition, before));
        }
    }

    /// <summary>The next requests of a kind are answered with these errors, one each, by whichever broker gets them.</summary>
    public void Fail(KafkaRequest request, params ErrorCode[] errors)
    {
        var codes = Array.ConvertAll(errors, error => (int)error);
        fixed (int* first = codes)
        {
            ((delegate* unmanaged<nint, short, nuint, int*, void>)Export("rd_kafka_mock_push_request_errors_array"))(_cluster, (short)request, (nuint)codes.Length, first);
        }
    }

    /// <summary>A broker carries out its next request of a kind, and answers so late that nobody waits any more.</summary>
    public void AnswerLate(int broker, KafkaRequest request, int milliseconds) =>
        Check(((delegate* unmanaged<nint, int, short, nuint, int, int, int>)Export("rd_kafka_mock_broker_push_request_error_rtts"))(
            _cluster, broker, (short)request, 1, (int)ErrorCode.NoError, milliseconds));

    public void Dispose()
    {
        ((delegate* unmanaged<nint, void>)Export("rd_kafka_mock_cluster_destroy"))(_cluster);
        ((delegate* unmanaged<nint, void>)Export("rd_kafka_destroy"))(_client);
    }

    private void Each(Action<int> what)
    {
        for (var broker = 1; broker <= BrokerCount; broker++)
        {
            what(broker);
        }
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text + "\0");

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new InvalidOperationException($"the mock cluster answered {(ErrorCode)error}");
        }
    }

    private static nint Export(string name) => NativeLibrary.GetExport(Library, name);

    // The variant that links everything it needs; Confluent.Kafka finds a loadable one by itself.
    private static nint Load() => NativeLibrary.Load(Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "centos8-librdkafka.so"), Assembly.GetExecutingAssembly(), null);
}

/// <summary>Requests by their number in the protocol.</summary>
internal enum KafkaRequest : short
{
    Produce = 0,
    Fetch = 1,
    ListOffsets = 2,
    Metadata = 3,
}
