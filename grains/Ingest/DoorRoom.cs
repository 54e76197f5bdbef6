namespace OrleansAnalytics.Ingest;

/// <summary>
/// The bytes that all sessions of a door may hold together, gathered or being appended. It is given out in pieces as records arrive. A session that
/// finds none left appends what it holds and waits with empty hands, so those that wait never keep each other waiting. Safe for concurrent use.
/// </summary>
public sealed class DoorRoom : IDisposable
{
    /// <summary>The size of a piece, in bytes.</summary>
    public const int PieceBytes = 1 << 16;

    private readonly SemaphoreSlim _free;
    private readonly int _pieces;
    private int _taken;
    private int _mostTaken;

    /// <summary>Room of a size in bytes, rounded down to whole pieces.</summary>
    public DoorRoom(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, PieceBytes);
        _pieces = (int)(bytes / PieceBytes);
        _free = new SemaphoreSlim(_pieces, _pieces);
    }

    /// <summary>All bytes there are.</summary>
    public long LimitBytes => (long)_pieces * PieceBytes;

    /// <summary>Bytes given out now.</summary>
    public long HeldBytes => (long)Volatile.Read(ref _taken) * PieceBytes;

    /// <summary>The most bytes that were ever given out at the same time.</summary>
    public long MostHeldBytes => (long)Volatile.Read(ref _mostTaken) * PieceBytes;

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();

    internal bool TryTake()
    {
        if (!_free.Wait(0))
        {
            return false;
        }

        Took();
        return true;
    }

    internal async Task TakeAsync(CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        Took();
    }

    internal void GiveBack(int pieces)
    {
        if (pieces > 0)
        {
            // Counted down first: what is free is never also counted as held.
            Interlocked.Add(ref _taken, -pieces);
            _free.Release(pieces);
        }
    }

    private void Took()
    {
        var taken = Interlocked.Increment(ref _taken);
        for (var most = Volatile.Read(ref _mostTaken); taken > most; most = Volatile.Read(ref _mostTaken))
        {
            Interlocked.CompareExchange(ref _mostTaken, taken, most);
        }
    }
}
