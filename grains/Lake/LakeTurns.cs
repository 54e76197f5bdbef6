using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Lake;

/// <summary>Lets the partitions of a silo write to the lake one after the other: each holds many events while it does. One per silo.</summary>
/// <param name="options">How many at the same time.</param>
public sealed class LakeTurns(IOptions<LakeOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _turns = new(options.Value.MaxWriters);

    /// <summary>Waits for a turn, which lasts until the answer is disposed.</summary>
    public async ValueTask<IDisposable> TakeAsync(CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken);
        return new Turn(_turns);
    }

    /// <inheritdoc/>
    public void Dispose() => _turns.Dispose();

    private sealed class Turn(SemaphoreSlim turns) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
            {
                turns.Release();
            }
        }
    }
}
