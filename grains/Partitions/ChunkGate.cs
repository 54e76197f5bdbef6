namespace OrleansAnalytics.Partitions;

/// <summary>
/// Bounds the chunks that the partitions of a silo work on at the same time. A core works on one at a time anyway; more of them under way only keep
/// their events alive for longer, so that garbage collection has to move them, and share the processor's caches. One per silo.
/// </summary>
/// <param name="chunks">Chunks under way at the most.</param>
public sealed class ChunkGate(int chunks) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(chunks);

    /// <summary>A gate as the options say.</summary>
    public static ChunkGate For(PartitionOptions options) => new(options.MaxChunksInFlight > 0 ? options.MaxChunksInFlight : Environment.ProcessorCount);

    /// <summary>Waits for a slot, first come first served. Disposing the answer gives it back.</summary>
    public async ValueTask<Slot> EnterAsync(CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        return new Slot(_slots);
    }

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    /// <summary>The right to work on one chunk, given back once.</summary>
    public readonly struct Slot(SemaphoreSlim? slots) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => slots?.Release();
    }
}
