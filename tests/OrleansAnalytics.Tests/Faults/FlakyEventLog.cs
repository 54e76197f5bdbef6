using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Tests.Faults;

/// <summary>A log that fails as brokers and disks do. What it acknowledged it has; what it refused it may have too, wholly or in part, now or later.</summary>
internal sealed class FlakyEventLog(IEventLog inner, FaultPlan plan) : IEventLog
{
    public int PartitionCount => inner.PartitionCount;

    public async ValueTask<AppendedRange> AppendAsync(int partition, EncodedBatch batch, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // The caller's buffer is its own again after the call, and a late append comes after that.
        var copy = new EncodedBatch(batch.Bytes.ToArray(), batch.Count);
        var fault = plan.Next("append", $"partition {partition}", batch.Count > 1 ? FaultPlan.OfDivisibleWrites : FaultPlan.OfWrites);
        return await plan.RunAsync(
            fault,
            async () => await inner.AppendAsync(partition, copy, CancellationToken.None),
            what => Failure(partition, what),
            async () => await inner.AppendAsync(partition, FirstHalf(copy), CancellationToken.None));
    }

    public ValueTask<IReadOnlyList<LogBatch>> ReadAsync(int partition, long after, int maxBytes, CancellationToken cancellationToken = default) =>
        ReadAsync(partition, async () => await inner.ReadAsync(partition, after, maxBytes, cancellationToken));

    public ValueTask<IReadOnlyList<LogBatch>> ReadAsync(int partition, long after, int maxBytes, RentedBlocks buffer, CancellationToken cancellationToken = default) =>
        ReadAsync(partition, async () => await inner.ReadAsync(partition, after, maxBytes, buffer, cancellationToken));

    private async ValueTask<IReadOnlyList<LogBatch>> ReadAsync(int partition, Func<Task<IReadOnlyList<LogBatch>>> read)
    {
        var fault = plan.Next("read log", $"partition {partition}", FaultPlan.OfShortReads);
        if (fault.Kind == FaultKind.Part)
        {
            // At least one batch if there is one: that is all a reader may rely on.
            return [.. (await read()).Take(1)];
        }

        return await plan.RunAsync(fault, read, what => Failure(partition, what));
    }

    // Asked by whoever looks on; a failure there is the onlooker's.
    public ValueTask<long> EndAsync(int partition, CancellationToken cancellationToken = default) => inner.EndAsync(partition, cancellationToken);

    public async ValueTask WaitAsync(int partition, long after, CancellationToken cancellationToken = default)
    {
        var fault = plan.Next("wait for log", $"partition {partition}", FaultPlan.OfReads);
        await plan.RunAsync(
            fault,
            async () =>
            {
                await inner.WaitAsync(partition, after, cancellationToken);
                return true;
            },
            what => Failure(partition, what));
    }

    public async ValueTask<long> TrimAsync(int partition, long safeThrough, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var fault = plan.Next("trim", $"partition {partition}", FaultPlan.OfWrites);
        return await plan.RunAsync(fault, async () => await inner.TrimAsync(partition, safeThrough, CancellationToken.None), what => Failure(partition, what));
    }

    private static EventLogUnavailableException Failure(int partition, string what) => new($"partition {partition}: a call to the log {what}");

    private static EncodedBatch FirstHalf(EncodedBatch batch)
    {
        var entries = new List<LogEntry>();
        EventBatchReader.Read(new LogBatch(1, batch.Count, 0, batch.Bytes), 0, new EventTexts(1024), entries);
        var half = new EventBatchWriter();
        foreach (var entry in entries.Take(batch.Count / 2))
        {
            if (entry.Event is { } shopEvent)
            {
                half.Add(shopEvent);
            }
            else
            {
                half.AddRejection(entry.Rejection!);
            }
        }

        return half.Build();
    }
}
