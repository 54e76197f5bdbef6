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
}
