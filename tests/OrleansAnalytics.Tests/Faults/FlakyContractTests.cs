using Orleans.Storage;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Tests.Events;
using OrleansAnalytics.Tests.Ingest;
using OrleansAnalytics.Tests.Partitions;

namespace OrleansAnalytics.Tests.Faults;

/// <summary>Without faults a flaky adapter is what it wraps.</summary>
public sealed class FlakyEventLogContractTests : RetainingEventLogContract
{
    protected override IEventLog Create(EventLogOptions options) => new FlakyEventLog(new InMemoryEventLog(options, Time), FaultPlan.None());
}

/// <inheritdoc cref="FlakyEventLogContractTests"/>
public sealed class FlakyGrainStorageContractTests : GrainStorageContract
{
    protected override IGrainStorage Storage { get; } = new FlakyGrainStorage(new InMemoryGrainStorage(), FaultPlan.None());
}

/// <inheritdoc cref="FlakyEventLogContractTests"/>
public sealed class FlakyCheckpointStoreContractTests : CheckpointStoreContract
{
    protected override ICheckpointStore Store { get; } = new FlakyCheckpointStore(new InMemoryCheckpointStore(), FaultPlan.None());
}

/// <inheritdoc cref="FlakyEventLogContractTests"/>
public sealed class FlakyDeadLetterStoreContractTests : DeadLetterStoreContract
{
    protected override IDeadLetterStore Store { get; } = new FlakyDeadLetterStore(new InMemoryDeadLetterStore(), FaultPlan.None());
}
