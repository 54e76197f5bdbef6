using OrleansAnalytics.Events;
using OrleansAnalytics.Tests.Partitions;

namespace OrleansAnalytics.Tests.Events;

public sealed class RocksDbEventLogTests : RetainingEventLogContract, IDisposable
{
    private readonly StorageFolder _folder = new();
    private readonly List<RocksDbEventLog> _open = [];

    public void Dispose()
    {
        _open.ForEach(log => log.Dispose());
        _folder.Dispose();
    }

    protected override IEventLog Create(EventLogOptions options)
    {
        options.WriteBufferBytes = 1 << 20;
        var log = new RocksDbEventLog(_folder.Next(), options, Time);
        _open.Add(log);
        return log;
    }
}
