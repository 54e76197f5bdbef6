using OrleansAnalytics.Events;

namespace OrleansAnalytics.Tests.Events.Kafka;

public sealed class KafkaEventLogTests : EventLogContract, IDisposable
{
    private KafkaLogs? _logs;

    public void Dispose() => _logs?.Dispose();

    protected override long UnusedOf(int count) => (1 << 20) - count;

    protected override IEventLog Create(EventLogOptions options)
    {
        _logs?.Dispose();
        _logs = new KafkaLogs(options.Partitions, brokers: 1);
        return _logs.Open(time: Time);
    }
}
