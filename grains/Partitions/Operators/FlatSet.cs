using System.Collections;
using System.Numerics;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>
/// A set of ids of fixed size in one array: open addressing with linear probing (Knuth, The Art of Computer Programming, vol. 3, section 6.4), removal without marks left behind. An id
/// is at the place that its hash says or close behind, so each operation waits for one place in memory, which may be fetched ahead.
/// </summary>
/// <typeparam name="T">An id; see <see cref="KeyedHash{T}"/>.</typeparam>
internal sealed class FlatSet<T> : IReadOnlyCollection<T>
    where T : unmanaged, IEquatable<T>
{
    private const int FirstSlots = 16;

    // At most five slots of eight are taken: then looking for an id that is not there takes three or four looks.
    private const int MostTaken = 5;
    private const int OfSlots = 8;

    // An empty slot holds the default, so that one is kept apart.
    private T[] _slots = new T[FirstSlots];
    private int _shift = 32 - BitOperations.Log2(FirstSlots);
    private int _taken;
    private bool _hasDefault;

    /// <inheritdoc/>
    public int Count => _taken + (_hasDefault ? 1 : 0);

    /// <summary>True if the id was not held.</summary>
    public bool Add(T id)
    {
        if (id.Equals(default))
        {
            var isNew = !_hasDefault;
            _hasDefault = true;
            return isNew;
        }

        var slot = Find(id);
        if (!_slots[slot].Equals(default))
        {
            return false;
        }

        _slots[slot] = id;
        if (++_taken > _slots.Length / OfSlots * MostTaken)
        {
            Grow();
        }

        return true;
    }

    /// <summary>True if the id is held.</summary>
    public bool Contains(T id) => id.Equals(default) ? _hasDefault : _slots[Find(id)].Equals(id);

    /// <summary>Removes the id; true if it was held.</summary>
    public bool Remove(T id)
    {
        if (id.Equals(default))
        {
            var was = _hasDefault;
            _hasDefault = false;
            return was;
        }

        var empty = Find(id);
        if (_slots[empty].Equals(default))
        {
            return false;
        }

        // Whoever is behind the gap and does not stand between its own place and the gap moves into it.
        for (var i = Next(empty); !_slots[i].Equals(default); i = Next(i))
        {
            if (((i - PlaceOf(_slots[i])) & (_slots.Length - 1)) >= ((i - empty) & (_slots.Length - 1)))
            {
                _slots[empty] = _slots[i];
                empty = i;
            }
        }

        _slots[empty] = default;
        _taken--;
        return true;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        Array.Clear(_slots);
        (_taken, _hasDefault) = (0, false);
    }

    /// <summary>Lets the processor fetch the id's place: see <see cref="Ahead"/>.</summary>
    public void Fetch(T id) => Ahead.FetchItem(_slots, PlaceOf(id));

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator()
    {
        if (_hasDefault)
        {
            yield return default;
        }

        foreach (var id in _slots)
        {
            if (!id.Equals(default))
            {
                yield return id;
            }
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int PlaceOf(T id) => (int)((uint)KeyedHash<T>.Instance.GetHashCode(id) >> _shift);

    private int Next(int slot) => (slot + 1) & (_slots.Length - 1);

    /// <summary>Where the id is, or the empty slot where it would be.</summary>
    private int Find(T id)
    {
        var slot = PlaceOf(id);
        while (!_slots[slot].Equals(default) && !_slots[slot].Equals(id))
        {
            slot = Next(slot);
        }

        return slot;
    }

    private void Grow()
    {
        var before = _slots;
        _slots = new T[before.Length * 2];
        _shift--;
        foreach (var id in before)
        {
            if (!id.Equals(default))
            {
                _slots[Find(id)] = id;
            }
        }
    }
}
