using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Tests.Faults;

/// <summary>Checkpoints in a store that fails as databases do. A write is all or nothing, but what threw may have happened, or may happen later.</summary>
internal sealed class FlakyCheckpointStore(ICheckpointStore inner, FaultPlan plan) : ICheckpointStore
{
    private long _reads;

    /// <summary>Times a checkpoint was read: by a new owner, or by one that went back.</summary>
    public long Reads => Interlocked.Read(ref _reads);

    public async ValueTask<StoredCheckpoint?> ReadAsync(int partition, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _reads);
        var fault = plan.Next("read checkpoint", $"partition {partition}", FaultPlan.OfReads);
        return await plan.RunAsync(fault, async () => await inner.ReadAsync(partition, cancellationToken), what => Failure(partition, what));
    }

    public async ValueTask<string> WriteAsync(int partition, string? etag, CheckpointWrite write, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // A late write must not see what becomes of the operators' buffers.
        var copy = write.Copy();
        var fault = plan.Next("write checkpoint", $"partition {partition}", FaultPlan.OfWrites);
        return await plan.RunAsync(fault, async () => await inner.WriteAsync(partition, etag, copy, CancellationToken.None), what => Failure(partition, what));
    }

    private static IOException Failure(int partition, string what) => new($"partition {partition}: a call to the checkpoint store {what}");
}
