using System.Buffers;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>
/// Collects the parts of operator state for a checkpoint, one after the other in memory that checkpoints share: there are some hundred parts, of some MiB
/// together, every few seconds.
/// </summary>
public sealed class OperatorImage
{
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _changed = [];
    private readonly HashSet<string> _removed = [];
    private readonly PartWriter _writer = new();

    /// <summary>Parts to store; valid until <see cref="Release"/>.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Changed => _changed;

    /// <summary>Parts to remove.</summary>
    public IReadOnlyCollection<string> Removed => _removed;

    /// <summary>Adds a changed part.</summary>
    public void Put(string part, Action<IBufferWriter<byte>> write)
    {
        _writer.Begin();
        write(_writer);
        _changed[part] = _writer.Part;
        _removed.Remove(part);
    }

    /// <summary>Says that a part is no longer needed.</summary>
    public void Remove(string part)
    {
        _changed.Remove(part);
        _removed.Add(part);
    }

    /// <summary>Gives the memory back: the parts are stored.</summary>
    public void Release()
    {
        _changed.Clear();
        _removed.Clear();
        _writer.Release();
    }

    /// <summary>Writes parts into rented blocks; a part that does not fit into what is left of a block moves to the next one, and larger ones get larger blocks.</summary>
    private sealed class PartWriter : IBufferWriter<byte>
    {
        private const int BlockBytes = 1 << 20;

        private readonly RentedBlocks _blocks = new();
        private Memory<byte> _block;
        private int _start;
        private int _end;

        public ReadOnlyMemory<byte> Part => _block[_start.._end];

        public void Begin() => _start = _end;

        public void Advance(int count) => _end += count;

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            Reserve(sizeHint);
            return _block[_end..];
        }

        public Span<byte> GetSpan(int sizeHint = 0)
        {
            Reserve(sizeHint);
            return _block.Span[_end..];
        }

        public void Release()
        {
            _blocks.Release();
            (_block, _start, _end) = (default, 0, 0);
        }

        private void Reserve(int sizeHint)
        {
            if (_block.Length - _end >= Math.Max(1, sizeHint))
            {
                return;
            }

            var part = Part;
            _block = _blocks.Take(Math.Max(BlockBytes, checked((part.Length * 2) + sizeHint)));
            part.CopyTo(_block);
            (_start, _end) = (0, part.Length);
        }
    }
}
