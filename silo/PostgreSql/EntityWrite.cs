using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.PostgreSql;

/// <summary>One entity's write on its way through the group commit.</summary>
/// <param name="key">The record's key.</param>
/// <param name="expectedETag">The ETag that it must have; 0 if it must not exist.</param>
/// <param name="data">Its new state.</param>
internal abstract class EntityWrite(byte[] key, long expectedETag, byte[] data)
{
    // What follows a write runs where it is answered: all of a group in one go.
    private readonly TaskCompletionSource _done = new();

    public byte[] Key => key;

    public long ExpectedETag => expectedETag;

    public byte[] Data => data;

    /// <summary>Given when the write is staged.</summary>
    public long NewETag { get; set; }

    /// <summary>Completes when durable; fails with what <see cref="Explain"/> makes of the failure.</summary>
    public Task Done => _done.Task;

    public void Succeed()
    {
        OnStored();
        _done.SetResult();
    }

    public void Fail(Exception exception) => _done.TrySetException(exception is ETagConflictException conflict ? Explain(conflict) : exception);

    /// <summary>The write is durable; runs before <see cref="Done"/> completes.</summary>
    protected abstract void OnStored();

    /// <summary>A conflict as the writer shall see it.</summary>
    protected abstract Exception Explain(ETagConflictException conflict);
}
