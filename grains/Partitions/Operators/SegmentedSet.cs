using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>
/// A set of fixed-size ids that remembers the order in which they came, in segments. A capture stores only the segments that grew since the last
/// one, and forgetting drops whole segments, so both cost what changed and not what is held.
/// </summary>
/// <typeparam name="T">An id of fixed size; stored as its bytes, little-endian.</typeparam>
/// <param name="name">Prefix of the part names.</param>
/// <param name="segmentSize">Ids per segment.</param>
public sealed class SegmentedSet<T>(string name, int segmentSize)
    where T : unmanaged, IEquatable<T>
{
    private const byte FormatVersion = 1;
    private const int FirstRoom = 64;
    private const int FetchedAhead = 8;

    private readonly FlatSet<T> _members = new();
    private readonly LinkedList<Segment> _segments = [];
    private readonly List<long> _forgotten = [];
    private long _nextSegment;
    private T[]? _free;

    /// <summary>Ids held.</summary>
    public int Count => _members.Count;

    /// <summary>The ids, in no particular order.</summary>
    public IReadOnlyCollection<T> Members => _members;

    /// <summary>True if the id was not held.</summary>
    public bool Add(T id)
    {
        if (!_members.Add(id))
        {
            return false;
        }

        var last = _segments.Last?.Value;
        if (last is null || last.Count == segmentSize)
        {
            // Where one was filled, the next one most likely will be: it gets all its room at once, mostly that of one that was forgotten.
            var ids = last is null ? new T[Math.Min(segmentSize, FirstRoom)] : _free ?? new T[segmentSize];
            _free = null;
            last = new Segment(_nextSegment++, segmentSize, ids);
            _segments.AddLast(last);
        }

        last.Add(id);
        return true;
    }

    /// <summary>True if the id is held.</summary>
    public bool Contains(T id) => _members.Contains(id);

    /// <summary>Lets the processor fetch what is needed to look for an id: see <see cref="Ahead"/>.</summary>
    public void Fetch(T id) => _members.Fetch(id);

    /// <summary>Forgets the oldest segments as long as at least <paramref name="keep"/> ids remain.</summary>
    public void ForgetOldest(int keep)
    {
        while (_segments.First is { } first && _members.Count - first.Value.Count >= keep)
        {
            var ids = first.Value.Ids;
            for (var i = 0; i < ids.Length; i++)
            {
                _members.Fetch(ids[Math.Min(i + FetchedAhead, ids.Length - 1)]);
                _members.Remove(ids[i]);
            }

            _forgotten.Add(first.Value.Number);
            _segments.RemoveFirst();
            _free = first.Value.Room == segmentSize ? first.Value.TakeRoom() : _free;
        }
    }

    /// <summary>Adds the segments that grew, and the names of the forgotten ones.</summary>
    public void Capture(OperatorImage image)
    {
        foreach (var number in _forgotten)
        {
            image.Remove(PartName(number));
        }

        _forgotten.Clear();
        for (var node = _segments.Last; node is not null && node.Value.Changed; node = node.Previous)
        {
            var segment = node.Value;
            image.Put(PartName(segment.Number), segment.WriteTo);
            segment.Changed = false;
        }
    }

    /// <summary>Names all segments as no longer needed.</summary>
    public void RemoveFrom(OperatorImage image)
    {
        Capture(image);
        for (long number = _segments.First?.Value.Number ?? 0; number < _nextSegment; number++)
        {
            image.Remove(PartName(number));
        }
    }

    /// <summary>Replaces the set by the captured one.</summary>
    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts)
    {
        _members.Clear();
        _segments.Clear();
        _forgotten.Clear();
        _nextSegment = 0;
        foreach (var number in PartNumbers.Of(parts, name + "/"))
        {
            var segment = Segment.Read(number, segmentSize, parts[PartName(number)].Span);
            foreach (var id in segment.Ids)
            {
                if (!_members.Add(id))
                {
                    throw new DamagedFormatException($"{name} holds {id} twice");
                }
            }

            _segments.AddLast(segment);
            _nextSegment = number + 1;
        }
    }

    private string PartName(long number) => string.Create(CultureInfo.InvariantCulture, $"{name}/{number}");

    private sealed class Segment(long number, int capacity, T[] ids)
    {
        private T[] _ids = ids;

        public long Number => number;

        public int Count { get; private set; }

        public bool Changed { get; set; } = true;

        public int Room => _ids.Length;

        public ReadOnlySpan<T> Ids => _ids.AsSpan(0, Count);

        public void Add(T id)
        {
            if (Count == _ids.Length)
            {
                Array.Resize(ref _ids, Math.Min(capacity, Count * 2));
            }

            _ids[Count++] = id;
            Changed = true;
        }

        /// <summary>The memory of the segment, which is used no more.</summary>
        public T[] TakeRoom()
        {
            Count = 0;
            return _ids;
        }

        public void WriteTo(IBufferWriter<byte> output)
        {
            var writer = new FormatWriter(output);
            writer.Byte(FormatVersion);
            writer.Raw(MemoryMarshal.AsBytes(Ids));
        }

        public static Segment Read(long number, int capacity, ReadOnlySpan<byte> stored)
        {
            var reader = new FormatReader(stored);
            reader.Version(FormatVersion, "id segment");
            var bytes = reader.Take(reader.Remaining);
            var ids = MemoryMarshal.Cast<byte, T>(bytes).ToArray();
            if (ids.Length == 0 || ids.Length > capacity || MemoryMarshal.AsBytes(ids.AsSpan()).Length != bytes.Length)
            {
                throw new DamagedFormatException($"{bytes.Length} bytes are no segment of up to {capacity} ids");
            }

            return new Segment(number, capacity, ids) { Count = ids.Length, Changed = false };
        }
    }
}
