using System.Buffers;
using System.Numerics;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// One all-or-nothing write to the state database, on its way through the group commit. With a guard, the record of that key must have the expected
/// ETag, and it is replaced (or removed) together with everything else; its value begins with room for the version and the new ETag.
/// </summary>
internal abstract class StateWrite
{
    /// <summary>The version byte and ETag that begin a guard's value; filled in when the write is staged.</summary>
    public const int GuardHeaderLength = 9;

    private const int LeastBytes = 128;
    private const int MostBytesKept = 1024;

    private byte[] _guard = [];

    // Stays with the object if it serves again: thousands are under way at a time, more than a shared pool would keep.
    private byte[] _kept = [];
    private int _guardKeyLength;
    private int _guardLength;

    /// <summary>The guard's column family; null if there is no guard.</summary>
    public string? GuardColumn { get; private set; }

    /// <summary>The ETag the guard must have; 0 if it must not exist.</summary>
    public long ExpectedETag { get; private set; }

    /// <summary>The guard is removed instead of replaced.</summary>
    public bool RemovesGuard { get; private set; }

    /// <summary>The guard's key.</summary>
    public ReadOnlySpan<byte> GuardKey => _guard.AsSpan(0, _guardKeyLength);

    /// <summary>The guard's value.</summary>
    public Span<byte> GuardValue => _guard.AsSpan(_guardKeyLength, _guardLength - _guardKeyLength);

    /// <summary>What else is put (or removed, if the value is null).</summary>
    public IReadOnlyList<(string Column, byte[] Key, byte[]? Value)> Others { get; init; } = [];

    /// <summary>What else is put, of larger values.</summary>
    public RentedPuts? Puts { get; init; }

    /// <summary>The guard's new ETag, 0 after a removal.</summary>
    public long NewETag { get; set; }

    /// <summary>A write without precondition.</summary>
    public static PromisedWrite Unguarded(IReadOnlyList<(string Column, byte[] Key, byte[]? Value)> others) => new() { Others = others };

    /// <summary>A guarded write. Takes copies of <paramref name="key"/> and <paramref name="value"/>.</summary>
    /// <param name="column">The guard's column family.</param>
    /// <param name="key">The guard's key.</param>
    /// <param name="expectedETag">See <see cref="ExpectedETag"/>.</param>
    /// <param name="value">The guard's value after its header; ignored if <paramref name="removes"/>.</param>
    /// <param name="removes">See <see cref="RemovesGuard"/>.</param>
    /// <param name="others">See <see cref="Others"/>.</param>
    /// <param name="puts">See <see cref="Puts"/>; the write's own from now on.</param>
    public static PromisedWrite Guarded(
        string column,
        ReadOnlySpan<byte> key,
        long expectedETag,
        ReadOnlySpan<byte> value,
        bool removes = false,
        IReadOnlyList<(string Column, byte[] Key, byte[]? Value)>? others = null,
        RentedPuts? puts = null)
    {
        var write = new PromisedWrite { Others = others ?? [], Puts = puts };
        write.Guard(column, key, expectedETag, value, removes);
        return write;
    }

    /// <summary>Sets the guard; see <see cref="Guarded"/>.</summary>
    public void Guard(string column, ReadOnlySpan<byte> key, long expectedETag, ReadOnlySpan<byte> value, bool removes)
    {
        GuardColumn = column;
        ExpectedETag = expectedETag;
        RemovesGuard = removes;
        _guardKeyLength = key.Length;
        _guardLength = key.Length + GuardHeaderLength + value.Length;
        _guard = _guardLength <= MostBytesKept ? Kept(_guardLength) : ArrayPool<byte>.Shared.Rent(_guardLength);
        key.CopyTo(_guard);
        value.CopyTo(_guard.AsSpan(key.Length + GuardHeaderLength));
    }

    /// <summary>Gives the buffer back once the batch has its copy.</summary>
    public void Release()
    {
        Puts?.Release();
        if (_guardLength > MostBytesKept)
        {
            ArrayPool<byte>.Shared.Return(_guard);
        }

        _guard = [];
        _guardKeyLength = _guardLength = 0;
    }

    private byte[] Kept(int length) =>
        _kept.Length >= length ? _kept : _kept = new byte[BitOperations.RoundUpToPowerOf2((uint)Math.Max(LeastBytes, length))];

    /// <summary>Lets the processor fetch what <see cref="Succeed"/> needs: see <see cref="Ahead"/>. Changes nothing.</summary>
    /// <param name="step">0 for what the write refers to, then what that refers to.</param>
    public virtual void Fetch(int step)
    {
    }

    /// <summary>The write is durable. What follows runs here, all of a group in one go: that costs less than a hand-over for each.</summary>
    public abstract void Succeed();

    /// <summary>It failed; with an <see cref="ETagConflictException"/> if the guard has another ETag.</summary>
    public abstract void Fail(Exception exception);
}

/// <summary>Records to put whose values lie in rented memory.</summary>
internal sealed class RentedPuts
{
    private readonly List<(string Column, byte[] Key, ReadOnlyMemory<byte> Value)> _puts = [];
    private readonly RentedBlocks _values = new();

    /// <summary>The records.</summary>
    public IReadOnlyList<(string Column, byte[] Key, ReadOnlyMemory<byte> Value)> All => _puts;

    /// <summary>Adds a record; the caller fills its value.</summary>
    public Span<byte> Add(string column, byte[] key, int length)
    {
        var value = _values.Take(length);
        _puts.Add((column, key, value));
        return value.Span;
    }

    /// <summary>Gives the memory back.</summary>
    public void Release()
    {
        _puts.Clear();
        _values.Release();
    }
}

/// <summary>A write that somebody awaits.</summary>
internal sealed class PromisedWrite : StateWrite
{
    private readonly TaskCompletionSource<long> _done = new();

    /// <summary>Completes with <see cref="StateWrite.NewETag"/> when durable.</summary>
    public Task<long> Done => _done.Task;

    /// <inheritdoc/>
    public override void Succeed() => _done.SetResult(NewETag);

    /// <inheritdoc/>
    public override void Fail(Exception exception) => _done.TrySetException(exception);
}

/// <summary>A guard has another ETag than the writer expected; 0 stands for no record.</summary>
internal sealed class ETagConflictException(long stored, long expected) : Exception($"stored ETag {stored}, expected {expected}")
{
    public long Stored => stored;

    public long Expected => expected;
}
