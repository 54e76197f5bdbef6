using System.Runtime.CompilerServices;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>
/// Rows that are known by their number and lie beside each other, so that as many rows as there are shoppers are a few thousand objects and not millions, which every
/// garbage collection would have to visit. A row that is given back serves again.
/// </summary>
/// <typeparam name="T">A row.</typeparam>
internal sealed class RowTable<T>
    where T : struct
{
    // Some tens of kilobytes: below the size of large objects, of which many would bring on collections of everything.
    private const int BitsOfAChunk = 8;
    private const int RowsOfAChunk = 1 << BitsOfAChunk;

    private readonly List<int> _free = [];
    private T[][] _chunks = [];
    private int _used;

    /// <summary>A row in use, to be changed in place; valid until it is given back.</summary>
    public ref T this[int row] => ref _chunks[row >> BitsOfAChunk][row & (RowsOfAChunk - 1)];

    /// <summary>Rows in use.</summary>
    public int Count => _used - _free.Count;

    /// <summary>Takes a row into use.</summary>
    /// <param name="row">What it holds.</param>
    /// <returns>Its number.</returns>
    public int Add(in T row)
    {
        int number;
        if (_free.Count > 0)
        {
            number = _free[^1];
            _free.RemoveAt(_free.Count - 1);
        }
        else
        {
            number = _used++;
            if (number == _chunks.Length << BitsOfAChunk)
            {
                Array.Resize(ref _chunks, Math.Max(1, 2 * _chunks.Length));
            }

            _chunks[number >> BitsOfAChunk] ??= new T[RowsOfAChunk];
        }

        this[number] = row;
        return number;
    }

    /// <summary>Gives a row back.</summary>
    public void Remove(int row)
    {
        this[row] = default;
        _free.Add(row);
    }

    /// <summary>Gives all rows back, and their memory.</summary>
    public void Clear()
    {
        _free.Clear();
        (_chunks, _used) = ([], 0);
    }

    /// <summary>Lets the processor fetch a row: see <see cref="Ahead"/>.</summary>
    public void Fetch(int row) => Ahead.FetchItem(_chunks[row >> BitsOfAChunk], row & (RowsOfAChunk - 1), lines: 1 + (Unsafe.SizeOf<T>() / Ahead.LineBytes));
}
