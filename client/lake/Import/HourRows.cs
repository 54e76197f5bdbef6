using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OrleansAnalytics.Lake.Import;

/// <summary>Rows (as <see cref="PlainRow"/>) on their way into the database.</summary>
internal interface IHourRows : IDisposable
{
    /// <summary>Gives the next rows; they stay where they are until the next call.</summary>
    /// <param name="rows">Takes the addresses of the rows.</param>
    /// <returns>How many; 0 at the end.</returns>
    int Next(Span<nint> rows);
}

/// <summary>The rows of a bucket in the order in which they are stored, by user and time, each event once: the first of the file.</summary>
internal sealed unsafe class SortedRows : IHourRows
{
    private readonly GCHandle _pin;
    private readonly Key[] _keys;
    private int _at;

    /// <summary>Sorts rows.</summary>
    /// <param name="rows">The rows, all of them in the buffer, in the order of the file.</param>
    public SortedRows(BucketRows rows)
    {
        _pin = GCHandle.Alloc(rows.Buffer, GCHandleType.Pinned);
        var buffer = (byte*)_pin.AddrOfPinnedObject();
        _keys = new Key[rows.Rows];
        var at = 0;
        for (var row = 0; row < _keys.Length; row++)
        {
            _keys[row] = Key.Of(buffer + at);
            at += PlainRow.Length(_keys[row].Bytes);
        }

        _keys.AsSpan().Sort(default(ByUserTimeAndPlace));
        Count = RemoveDuplicates();
    }

    /// <summary>The number of events.</summary>
    public int Count { get; }

    /// <summary>Rows that are the same event as an earlier one.</summary>
    public int Duplicates => _keys.Length - Count;

    /// <inheritdoc/>
    public int Next(Span<nint> rows)
    {
        var count = Math.Min(rows.Length, Count - _at);
        for (var row = 0; row < count; row++)
        {
            rows[row] = (nint)_keys[_at + row].Row;
        }

        _at += count;
        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => _pin.Free();

    /// <summary>Equal events have one user and time, so they stand close together.</summary>
    private int RemoveDuplicates()
    {
        var known = new HashSet<Key>(default(SameEvent));
        var kept = 0;
        for (var begin = 0; begin < _keys.Length;)
        {
            var end = begin + 1;
            while (end < _keys.Length && ByUserTimeAndPlace.IsSameUserAndTime(_keys[begin], _keys[end]))
            {
                end++;
            }

            known.Clear();
            for (var row = begin; row < end; row++)
            {
                if (end - begin == 1 || known.Add(_keys[row]))
                {
                    _keys[kept++] = _keys[row];
                }
            }

            begin = end;
        }

        return kept;
    }

    /// <summary>A row and what it is sorted by, so that rows themselves are hardly ever looked at.</summary>
    private readonly struct Key(UInt128 user, int userLength, long time, byte* row)
    {
        public UInt128 User => user;

        public int UserLength => userLength;

        public long Time => time;

        public byte* Row => row;

        public ReadOnlySpan<byte> Bytes => new(row, int.MaxValue);

        [SkipLocalsInit]
        public static Key Of(byte* row)
        {
            var bytes = new ReadOnlySpan<byte>(row, int.MaxValue);
            var user = PlainRow.UserOf(bytes);
            Span<byte> first = stackalloc byte[16];
            first.Clear();
            user[..Math.Min(user.Length, first.Length)].CopyTo(first);
            return new Key(BinaryPrimitives.ReadUInt128BigEndian(first), user.Length, PlainRow.Time(bytes), row);
        }
    }

    private readonly struct ByUserTimeAndPlace : IComparer<Key>
    {
        public int Compare(Key one, Key other)
        {
            var user = CompareUsers(one, other);
            return user != 0 ? user : one.Time != other.Time ? one.Time.CompareTo(other.Time) : ((nint)one.Row).CompareTo((nint)other.Row);
        }

        public static bool IsSameUserAndTime(in Key one, in Key other) => one.Time == other.Time && CompareUsers(one, other) == 0;

        private static int CompareUsers(in Key one, in Key other) =>
            one.User != other.User ? one.User.CompareTo(other.User)
            : one.UserLength == other.UserLength && one.UserLength <= 16 ? 0
            : PlainRow.UserOf(one.Bytes).SequenceCompareTo(PlainRow.UserOf(other.Bytes));
    }

    private readonly struct SameEvent : IEqualityComparer<Key>
    {
        public bool Equals(Key one, Key other) => PlainRow.IsSameEvent(one.Bytes, other.Bytes);

        public int GetHashCode(Key key) => PlainRow.HashOf(key.Bytes);
    }
}

/// <summary>The rows of a bucket one after the other, however many there are.</summary>
internal sealed unsafe class StoredRows : IHourRows
{
    private const int PieceBytes = 4 << 20;

    private readonly BucketRows _rows;
    private readonly byte[] _piece;
    private readonly GCHandle _buffer;
    private long _read;
    private int _left;
    private byte* _at;
    private byte* _end;
    private bool _isLast;

    /// <summary>Begins with the first row.</summary>
    public StoredRows(BucketRows rows)
    {
        _rows = rows;
        _piece = GC.AllocateUninitializedArray<byte>(rows.Stored > 0 ? PieceBytes : 0, pinned: true);
        _buffer = GCHandle.Alloc(rows.Buffer, GCHandleType.Pinned);
    }

    /// <inheritdoc/>
    public int Next(Span<nint> rows)
    {
        var count = 0;
        while (count == 0 && (HasRow() || Turn()))
        {
            for (; count < rows.Length && HasRow(); count++)
            {
                rows[count] = (nint)_at;
                _at += PlainRow.Length(new ReadOnlySpan<byte>(_at, PlainRow.HeaderBytes));
            }
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Free();

    private bool HasRow() => _end - _at >= PlainRow.HeaderBytes && _end - _at >= PlainRow.Length(new ReadOnlySpan<byte>(_at, PlainRow.HeaderBytes));

    /// <summary>Goes on to the next piece of the file, or to the buffer behind the file.</summary>
    private bool Turn()
    {
        if (_isLast)
        {
            return false;
        }

        if (_read < _rows.Stored)
        {
            _left = (int)(_end - _at);
            new ReadOnlySpan<byte>(_at, _left).CopyTo(_piece);
            using var file = File.OpenHandle(_rows.Path);
            var read = RandomAccess.Read(file, _piece.AsSpan(_left, (int)Math.Min(PieceBytes - _left, _rows.Stored - _read)), _read);
            _read += read > 0 ? read : throw new EndOfStreamException($"{_rows.Path} is shorter than it was written");
            _at = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_piece));
            _end = _at + _left + read;
            return true;
        }

        _isLast = true;
        _at = (byte*)_buffer.AddrOfPinnedObject();
        _end = _at + _rows.Used;
        return true;
    }
}
