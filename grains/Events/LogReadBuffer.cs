using System.Buffers;

namespace OrleansAnalytics.Events;

/// <summary>
/// Memory of one reader for the batches that it reads, used again for the next ones: a chunk is large, and as garbage it would be a tenth of all that the node makes.
/// Not safe for concurrent use.
/// </summary>
public sealed class LogReadBuffer
{
    private const int BlockBytes = 1 << 20;

    private readonly List<byte[]> _blocks = [];
    private int _used;

    /// <summary>Copies bytes of a batch; valid until <see cref="Release"/>.</summary>
    public ReadOnlyMemory<byte> Keep(ReadOnlySpan<byte> bytes)
    {
        if (_blocks.Count == 0 || _blocks[^1].Length - _used < bytes.Length)
        {
            _blocks.Add(ArrayPool<byte>.Shared.Rent(Math.Max(BlockBytes, bytes.Length)));
            _used = 0;
        }

        var kept = _blocks[^1].AsMemory(_used, bytes.Length);
        bytes.CopyTo(kept.Span);
        _used += bytes.Length;
        return kept;
    }

    /// <summary>Gives the memory back: nobody uses what was read into it any more.</summary>
    public void Release()
    {
        foreach (var block in _blocks)
        {
            ArrayPool<byte>.Shared.Return(block);
        }

        _blocks.Clear();
        _used = 0;
    }
}
