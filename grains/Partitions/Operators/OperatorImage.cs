using System.Buffers;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>
/// Collects the parts of operator state for a checkpoint, one after the other in one piece of memory that checkpoints share: there are some hundred parts, of
/// some MiB together, every few seconds.
/// </summary>
public sealed class OperatorImage
{
    private readonly Dictionary<string, Range> _places = [];
    private readonly HashSet<string> _removed = [];
    private readonly RentedWriter _bytes = new();

    /// <summary>Parts to store; valid until <see cref="Release"/>, and until the next part is put.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Changed =>
        _places.ToDictionary(part => part.Key, part => _bytes.Written[part.Value], StringComparer.Ordinal);

    /// <summary>Parts to remove.</summary>
    public IReadOnlyCollection<string> Removed => _removed;

    /// <summary>Adds a changed part.</summary>
    public void Put(string part, Action<IBufferWriter<byte>> write)
    {
        var start = _bytes.Written.Length;
        write(_bytes);
        _places[part] = start.._bytes.Written.Length;
        _removed.Remove(part);
    }

    /// <summary>Says that a part is no longer needed.</summary>
    public void Remove(string part)
    {
        _places.Remove(part);
        _removed.Add(part);
    }

    /// <summary>Gives the memory back: the parts are stored.</summary>
    public void Release()
    {
        _places.Clear();
        _removed.Clear();
        _bytes.Release();
    }

    /// <summary>Writes into one rented array, and into a larger one when that is full.</summary>
    private sealed class RentedWriter : IBufferWriter<byte>
    {
        private const int FirstBytes = 1 << 16;

        private byte[] _bytes = [];
        private int _count;

        public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _count);

        public void Advance(int count) => _count += count;

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            Reserve(sizeHint);
            return _bytes.AsMemory(_count);
        }

        public Span<byte> GetSpan(int sizeHint = 0)
        {
            Reserve(sizeHint);
            return _bytes.AsSpan(_count);
        }

        public void Release()
        {
            if (_bytes.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_bytes);
            }

            (_bytes, _count) = ([], 0);
        }

        private void Reserve(int sizeHint)
        {
            if (_bytes.Length - _count >= Math.Max(1, sizeHint))
            {
                return;
            }

            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstBytes, checked(_count + Math.Max(sizeHint, _count))));
            _bytes.AsSpan(0, _count).CopyTo(larger);
            if (_bytes.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_bytes);
            }

            _bytes = larger;
        }
    }
}
