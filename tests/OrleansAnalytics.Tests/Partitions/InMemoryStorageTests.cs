using Orleans.Storage;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Tests.Partitions;

public sealed class InMemoryGrainStorageTests : GrainStorageContract
{
    protected override IGrainStorage Storage { get; } = new InMemoryGrainStorage();
}

public sealed class InMemoryCheckpointStoreTests : CheckpointStoreContract
{
    protected override ICheckpointStore Store { get; } = new InMemoryCheckpointStore();
}
