using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;

namespace OrleansAnalytics.Tests.Faults;

/// <summary>A lake in a store that fails as object stores do: what threw may have happened, or may happen later.</summary>
internal sealed class FlakyLakeSink(ILakeSink inner, FaultPlan plan) : ILakeSink
{
    public async ValueTask<StoredLakeManifest?> ReadAsync(string source, CancellationToken cancellationToken = default) =>
        await plan.RunAsync(plan.Next("read manifest", source, FaultPlan.OfReads), async () => await inner.ReadAsync(source, cancellationToken), Failure);

    public async ValueTask<string> WriteAsync(LakeManifest manifest, string? etag, CancellationToken cancellationToken = default) => await plan.RunAsync(
        plan.Next("write manifest", manifest.Source, FaultPlan.OfWrites), async () => await inner.WriteAsync(manifest, etag, CancellationToken.None), Failure);

    public ILakeFileWriter Create(string path, int partition) => new Writer(inner.Create(path, partition), plan, $"partition {partition}");

    public async ValueTask<int> RemoveStraysAsync(string prefix, LakeManifest manifest, CancellationToken cancellationToken = default) => await plan.RunAsync(
        plan.Next("remove strays", prefix, FaultPlan.OfReads), async () => await inner.RemoveStraysAsync(prefix, manifest, cancellationToken), Failure);

    private static IOException Failure(string what) => new($"a call to the lake {what}");

    private sealed class Writer(ILakeFileWriter inner, FaultPlan plan, string subject) : ILakeFileWriter
    {
        // A write that happens later needs what it was given.
        public void Add(in EncodedEvent encoded) => inner.Add(encoded with { Bytes = encoded.Bytes.ToArray() });

        public async ValueTask<long> CompleteAsync(CancellationToken cancellationToken = default) =>
            await plan.RunAsync(plan.Next("write lake file", subject, FaultPlan.OfWrites), async () => await inner.CompleteAsync(CancellationToken.None), Failure);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
