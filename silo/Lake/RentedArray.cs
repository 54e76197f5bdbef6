using System.Buffers;
using System.Runtime.CompilerServices;

namespace OrleansAnalytics.Lake;

/// <summary>An array that grows, rented: what a file of the lake needs is needed again for the next one, and would be large objects as garbage.</summary>
/// <typeparam name="T">The cells.</typeparam>
internal sealed class RentedArray<T> : IDisposable
{
    private const int Least = 256;

    private T[] _cells = [];

    /// <summary>Its first cells, for writing; what they hold is whatever they were left with.</summary>
    /// <param name="count">How many.</param>
    public Span<T> First(int count)
    {
        Grow(count, keep: 0);
        return _cells.AsSpan(0, count);
    }

    /// <summary>The first cells, for whoever takes them from here.</summary>
    public ReadOnlyMemory<T> Taken(int count) => _cells.AsMemory(0, count);

    /// <summary>Sets the cell behind the first <paramref name="count"/> ones, which stay.</summary>
    public void Append(int count, T cell)
    {
        Grow(count + 1, keep: count);
        _cells[count] = cell;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_cells.Length > 0)
        {
            ArrayPool<T>.Shared.Return(_cells, clearArray: RuntimeHelpers.IsReferenceOrContainsReferences<T>());
            _cells = [];
        }
    }

    private void Grow(int count, int keep)
    {
        if (count > _cells.Length)
        {
            var larger = ArrayPool<T>.Shared.Rent(Math.Max(Least, Math.Max(count, _cells.Length * 2)));
            _cells.AsSpan(0, keep).CopyTo(larger);
            Dispose();
            _cells = larger;
        }
    }
}
