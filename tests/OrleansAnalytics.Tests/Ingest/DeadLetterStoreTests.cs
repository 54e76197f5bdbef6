using OrleansAnalytics.Ingest;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Tests.Partitions;

namespace OrleansAnalytics.Tests.Ingest;

public sealed class InMemoryDeadLetterStoreTests : DeadLetterStoreContract
{
    protected override IDeadLetterStore Store { get; } = new InMemoryDeadLetterStore();
}

public sealed class RocksDbDeadLetterStoreTests : DeadLetterStoreContract, IDisposable
{
    private readonly StorageFolder _folder = new();
    private readonly RocksDbStateStore _database;

    public RocksDbDeadLetterStoreTests()
    {
        _database = new RocksDbStateStore(_folder.Next(), new StateStoreOptions());
        Store = new RocksDbDeadLetterStore(_database);
    }

    protected override IDeadLetterStore Store { get; }

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }
}
