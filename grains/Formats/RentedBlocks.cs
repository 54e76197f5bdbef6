using System.Buffers;

namespace OrleansAnalytics.Formats;

/// <summary>
/// Memory for bytes that are all given up together, such as the batches of a chunk, used again for the next ones: as garbage they would be a fifth of all that the
/// node makes. In blocks, as arrays of many MiB would be large objects, of which each few cost a full collection. Not safe for concurrent use.
/// </summary>
public sealed class RentedBlocks
{
    private const int BlockBytes = 1 << 20;

    private readonly List<byte[]> _blocks = [];
    private int _used;

    /// <summary>Room for so many bytes, whatever they are now; valid until <see cref="Release"/>.</summary>
    public Memory<byte> Take(int length)
    {
        if (_blocks.Count == 0 || _blocks[^1].Length - _used < length)
        {
            _blocks.Add(ArrayPool<byte>.Shared.Rent(Math.Max(BlockBytes, length)));
            _used = 0;
        }

        _used += length;
        return _blocks[^1].AsMemory(_used - length, length);
    }

    /// <summary>Copies bytes; valid until <see cref="Release"/>.</summary>
    public ReadOnlyMemory<byte> Keep(ReadOnlySpan<byte> bytes)
    {
        var kept = Take(bytes.Length);
        bytes.CopyTo(kept.Span);
        return kept;
    }

    /// <summary>Gives the memory back: nobody uses anything in it any more.</summary>
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
