using System.Numerics;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>
/// Finds the first row of a name, as <see cref="FlatSet{T}"/> finds an id: open addressing with linear probing. A place holds half of the hash and a row, so that a row is
/// looked at only if it is mostly the one.
/// </summary>
/// <param name="rows">The rows, which know their names.</param>
internal sealed class SessionIndex(RowTable<SessionWindow> rows)
{
    /// <summary>No row.</summary>
    public const int None = -1;

    private const int FirstPlaces = 16;

    // At most five places of eight are taken.
    private const int MostTaken = 5;
    private const int OfPlaces = 8;

    private Place[] _places = new Place[FirstPlaces];
    private int _shift = 32 - BitOperations.Log2(FirstPlaces);
    private int _taken;

    /// <summary>The first row of the name, or <see cref="None"/>.</summary>
    public int Find(SessionName name) => _places[PlaceOf(name)].Row;

    /// <summary>Makes a row the first of its name.</summary>
    public void Set(SessionName name, int row)
    {
        var place = PlaceOf(name);
        _taken += _places[place].IsTaken ? 0 : 1;
        _places[place] = new Place(name.Place, row);
        if (_taken > _places.Length / OfPlaces * MostTaken)
        {
            Grow();
        }
    }

    /// <summary>Forgets a name that has a row. The row must still be there.</summary>
    public void Remove(SessionName name)
    {
        var gap = PlaceOf(name);
        _taken--;

        // Whoever is behind the gap and does not stand between its own place and the gap moves into it.
        for (var i = Next(gap); _places[i].IsTaken; i = Next(i))
        {
            if (((i - First(_places[i].Hash)) & (_places.Length - 1)) >= ((i - gap) & (_places.Length - 1)))
            {
                _places[gap] = _places[i];
                gap = i;
            }
        }

        _places[gap] = default;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _places = new Place[FirstPlaces];
        (_shift, _taken) = (32 - BitOperations.Log2(FirstPlaces), 0);
    }

    /// <summary>Lets the processor fetch the name's place: see <see cref="Ahead"/>.</summary>
    public void Fetch(SessionName name) => Ahead.FetchItem(_places, First(name.Place), lines: 1);

    /// <summary>Lets the processor fetch the row that is most likely the name's, whose place it has.</summary>
    public void FetchRow(SessionName name)
    {
        if (_places[First(name.Place)] is { IsTaken: true } place)
        {
            rows.Fetch(place.Row);
        }
    }

    private int First(uint hash) => (int)(hash >> _shift);

    private int Next(int place) => (place + 1) & (_places.Length - 1);

    /// <summary>Where the name is, or the empty place where it would be.</summary>
    private int PlaceOf(SessionName name)
    {
        var hash = name.Place;
        var place = First(hash);
        while (_places[place].IsTaken && !(_places[place].Hash == hash && rows[_places[place].Row].Name == name))
        {
            place = Next(place);
        }

        return place;
    }

    private void Grow()
    {
        var before = _places;
        _places = new Place[before.Length * 2];
        _shift--;
        foreach (var taken in before)
        {
            if (taken.IsTaken)
            {
                var place = First(taken.Hash);
                while (_places[place].IsTaken)
                {
                    place = Next(place);
                }

                _places[place] = taken;
            }
        }
    }

    /// <summary>A place; the default is empty.</summary>
    private readonly struct Place(uint hash, int row)
    {
        private readonly int _behind = row + 1;

        public uint Hash { get; } = hash;

        public int Row => _behind - 1;

        public bool IsTaken => _behind != 0;
    }
}
