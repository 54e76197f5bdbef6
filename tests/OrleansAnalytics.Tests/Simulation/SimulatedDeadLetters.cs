using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Tests.Simulation;

/// <summary>The real store in memory, which sometimes fails before it stored anything.</summary>
internal sealed class SimulatedDeadLetters(World world) : IDeadLetterStore
{
    private readonly InMemoryDeadLetterStore _store = new();

    public async ValueTask PutAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken = default)
    {
        if (world.Faults.Strikes(Fault.LettersFail, "letters", times: 5))
        {
            throw new IOException("dead letters are not stored");
        }

        await _store.PutAsync(letters, cancellationToken);
    }

    public ValueTask<IReadOnlyList<DeadLetter>> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken = default) => _store.ListAsync(query, cancellationToken);

    public ValueTask<DeadLetter?> FindAsync(DeadLetterKey key, CancellationToken cancellationToken = default) => _store.FindAsync(key, cancellationToken);

    public ValueTask<int> RemoveAsync(IReadOnlyList<DeadLetterKey> keys, CancellationToken cancellationToken = default) => _store.RemoveAsync(keys, cancellationToken);

    public ValueTask<DeadLetterTotals> TrimAsync(int partition, long safeThrough, DeadLetterBounds bounds, CancellationToken cancellationToken = default) =>
        _store.TrimAsync(partition, safeThrough, bounds, cancellationToken);
}
