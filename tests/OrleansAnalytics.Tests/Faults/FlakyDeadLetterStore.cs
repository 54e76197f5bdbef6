using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Tests.Faults;

/// <summary>Dead letters in a store that fails as databases do, also after a part of the letters.</summary>
internal sealed class FlakyDeadLetterStore(IDeadLetterStore inner, FaultPlan plan) : IDeadLetterStore
{
    public async ValueTask PutAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        DeadLetter[] copy = [.. letters];
        var fault = plan.Next("put letters", $"partition {(copy.Length == 0 ? -1 : copy[0].Partition)}", FaultPlan.OfDivisibleWrites);
        await plan.RunAsync(
            fault,
            async () =>
            {
                await inner.PutAsync(copy, CancellationToken.None);
                return true;
            },
            Failure,
            async () => await inner.PutAsync(copy[..(copy.Length / 2)], CancellationToken.None));
    }

    public async ValueTask<IReadOnlyList<DeadLetter>> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken = default)
    {
        var fault = plan.Next("list letters", $"partition {query.Partition}", FaultPlan.OfReads);
        return await plan.RunAsync(fault, async () => await inner.ListAsync(query, cancellationToken), Failure);
    }

    public async ValueTask<DeadLetter?> FindAsync(DeadLetterKey key, CancellationToken cancellationToken = default)
    {
        var fault = plan.Next("find letter", $"partition {key.Partition}", FaultPlan.OfReads);
        return await plan.RunAsync(fault, async () => await inner.FindAsync(key, cancellationToken), Failure);
    }

    public ValueTask<int> RemoveAsync(IReadOnlyList<DeadLetterKey> keys, CancellationToken cancellationToken = default) => inner.RemoveAsync(keys, cancellationToken);

    public ValueTask<DeadLetterTotals> TrimAsync(int partition, long safeThrough, DeadLetterBounds bounds, CancellationToken cancellationToken = default) =>
        inner.TrimAsync(partition, safeThrough, bounds, cancellationToken);

    private static IOException Failure(string what) => new($"a call to the dead letters {what}");
}
