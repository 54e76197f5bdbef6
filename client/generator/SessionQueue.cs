namespace OrleansAnalytics.Generator;

/// <summary>Slots of the visits under way, by the time of their next event; of equal times the visit that began first. A binary heap.</summary>
internal sealed class SessionQueue
{
    private Entry[] _heap = new Entry[1024];

    /// <summary>Visits under way.</summary>
    public int Count { get; private set; }

    /// <summary>The next event's time in seconds; long.MaxValue if there is none.</summary>
    public long NextTime => Count > 0 ? _heap[0].Time : long.MaxValue;

    /// <summary>The slot of the visit whose turn is next.</summary>
    public int NextSlot => _heap[0].Slot;

    public void Add(long time, long order, int slot)
    {
        if (Count == _heap.Length)
            Array.Resize(ref _heap, Count * 2);
        var entry = new Entry(time, order, slot);
        var i = Count++;
        while (i > 0 && entry.IsBefore(_heap[(i - 1) / 2]))
        {
            _heap[i] = _heap[(i - 1) / 2];
            i = (i - 1) / 2;
        }
        _heap[i] = entry;
    }

    /// <summary>Moves the visit whose turn it was to its next event.</summary>
    public void MoveNextTo(long time) => Sink(_heap[0] with { Time = time });

    /// <summary>Ends the visit whose turn it was.</summary>
    public void RemoveNext()
    {
        var last = _heap[--Count];
        if (Count > 0)
            Sink(last);
    }

    private void Sink(Entry entry)
    {
        var heap = _heap;
        var i = 0;
        for (var child = 1; child < Count; child = (2 * i) + 1)
        {
            if (child + 1 < Count && heap[child + 1].IsBefore(heap[child]))
                child++;
            if (!heap[child].IsBefore(entry))
                break;
            heap[i] = heap[child];
            i = child;
        }
        heap[i] = entry;
    }

    private readonly record struct Entry(long Time, long Order, int Slot)
    {
        public bool IsBefore(in Entry other) => Time < other.Time || (Time == other.Time && Order < other.Order);
    }
}
