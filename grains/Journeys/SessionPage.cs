using System.Runtime.InteropServices;
using System.Text;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Journeys;

/// <summary>
/// The kept sessions of one user in one array, as a database keeps records in a page: from the front each session's <see cref="SessionHead"/>, key and steps, one after the other;
/// from the back, for each, a hash of its key and where it begins. There are millions of sessions: an object for each, its key and its steps would cost more than what is
/// in them, every garbage collection would look at all that are new, and a user who is saved would be gathered from all over memory.
/// </summary>
/// <remarks>Appending to the newest session moves nothing. All else moves the sessions behind the place that changes, which are few and near.</remarks>
internal struct SessionPage()
{
    private const int SlotBytes = 8;

    // Of a first session: room for three steps.
    private const int SpareBytes = 48;

    private byte[] _bytes = [];
    private int _start;
    private int _end;

    // As the newest one's slot says, for who fetches it ahead.
    private int _newest;

    /// <summary>Sessions in it.</summary>
    public int Count { get; private set; }

    /// <summary>Encoded size of all kept steps.</summary>
    public int StepBytes { get; private set; }

    /// <summary>Bytes it takes.</summary>
    public readonly int Capacity => _bytes.Length;

    // Those of newer sessions come first.
    private readonly Span<Slot> Slots => MemoryMarshal.Cast<byte, Slot>(_bytes.AsSpan(_bytes.Length - (Count * SlotBytes)));

    /// <summary>A page without sessions that has room for some.</summary>
    /// <param name="sessions">How many.</param>
    /// <param name="bytes">The bytes of their keys and steps.</param>
    public static SessionPage WithRoom(int sessions, int bytes)
    {
        var page = new SessionPage();
        if (sessions > 0)
        {
            page._bytes = new byte[InSlots((sessions * (SessionHead.Bytes + SlotBytes)) + bytes)];
        }

        return page;
    }

    /// <summary>What is known of a session.</summary>
    public readonly SessionHead Head(int index) => MemoryMarshal.Read<SessionHead>(_bytes.AsSpan(StartOf(index)));

    /// <summary>A session's key.</summary>
    public readonly OptionalUtf8 Key(int index)
    {
        var head = Head(index);
        return new OptionalUtf8(_bytes.AsSpan(StartOf(index) + SessionHead.Bytes, Math.Max(0, head.KeyBytes)), head.KeyBytes >= 0);
    }

    /// <summary>A session's kept steps, encoded.</summary>
    public readonly ReadOnlySpan<byte> Steps(int index) => _bytes.AsSpan(StepsOf(index)..EndOf(index));

    /// <summary>True if the session has this key.</summary>
    /// <param name="index">The session.</param>
    /// <param name="keyHash">The key's hash, as given to <see cref="Insert"/>.</param>
    /// <param name="key">The key.</param>
    public readonly bool IsOf(int index, int keyHash, OptionalUtf8 key) =>
        Slots[Count - 1 - index].KeyHash == keyHash && Key(index) is var own && own.Exists == key.Exists && own.Bytes.SequenceEqual(key.Bytes);

    /// <summary>Puts a session, whose steps are to follow, before the one at <paramref name="index"/>.</summary>
    public void Insert(int index, int keyHash, OptionalUtf8 key, SessionHead head)
    {
        head.KeyBytes = key.Exists ? key.Bytes.Length : -1;
        var size = SessionHead.Bytes + key.Bytes.Length;
        Reserve(size + SlotBytes);
        var at = index == Count ? _end : StartOf(index);
        MoveNewer(at, size);
        var newer = Count++ - index;
        var slots = Slots;
        for (var i = 0; i < newer; i++)
        {
            slots[i] = slots[i + 1].Moved(size);
        }

        slots[newer] = new Slot(keyHash, at);
        key.Bytes.CopyTo(_bytes.AsSpan(at + SessionHead.Bytes));
        SetHead(index, head);
        _newest = Slots[0].Start;
    }

    /// <summary>Puts a step behind the others of its session.</summary>
    public void Append(int index, in StepRecord step)
    {
        Span<byte> encoded = stackalloc byte[StepCodec.MostBytes];
        var head = Head(index);
        var isFirst = head.StepCount == 0;
        var length = StepCodec.Encode(encoded, step, isFirst ? step.TimeMs : head.EndMs, isFirst ? step.Position : head.LastPosition, out var textBytes);
        Reserve(length + textBytes);
        var at = EndOf(index);
        MoveNewer(at, length + textBytes);
        MoveSlots(0, Count - 1 - index, length + textBytes);
        encoded[..length].CopyTo(_bytes.AsSpan(at));
        if (textBytes > 0)
        {
            Encoding.UTF8.GetBytes(step.Subject, _bytes.AsSpan(at + length));
        }

        StepBytes += length + textBytes;
        head.Append(step);
        SetHead(index, head);
        _newest = Slots[0].Start;
    }

    /// <summary>Puts a session that was stored behind the others.</summary>
    public void AddStored(int keyHash, OptionalUtf8 key, in SessionHead head, ReadOnlySpan<byte> steps)
    {
        Insert(Count, keyHash, key, head);
        Reserve(steps.Length);
        steps.CopyTo(_bytes.AsSpan(_end));
        _end += steps.Length;
        StepBytes += steps.Length;
    }

    /// <summary>Drops the oldest step of a session; it stays counted.</summary>
    public void DropFirstStep(int index)
    {
        var head = Head(index);
        var at = StepsOf(index);
        var reader = new StepCodec.Reader(_bytes.AsSpan(at..EndOf(index)), head.BaseMs, head.BasePosition);
        var before = reader.Remaining;
        reader.Skip();
        (head.BaseMs, head.BasePosition) = (reader.TimeMs, reader.Position);
        head.DroppedThroughMs = Math.Max(head.DroppedThroughMs, head.BaseMs);
        head.StepCount--;
        SetHead(index, head);
        var size = before - reader.Remaining;
        StepBytes -= size;
        Close(index, at, size);
    }

    /// <summary>Removes a session.</summary>
    public void RemoveAt(int index)
    {
        StepBytes -= Steps(index).Length;
        var at = StartOf(index);
        Close(index, at, EndOf(index) - at);
        var slots = Slots;
        slots[..(Count - 1 - index)].CopyTo(slots[1..]);
        Count--;
        _newest = Count == 0 ? 0 : Slots[0].Start;
    }

    /// <summary>Fetches what the next event most likely needs: see <see cref="Ahead"/>. May be called while another thread changes the page.</summary>
    public readonly void Fetch(int step)
    {
        var bytes = _bytes;
        if (step == 0)
        {
            // The array's length, the newest session's head and key, the place of its next step.
            Ahead.Fetch(bytes, lines: 1);
            Ahead.FetchItem(bytes, _newest, lines: 2);
            Ahead.FetchItem(bytes, _end, lines: 1);
        }
        else if (step == 1)
        {
            Ahead.FetchItem(bytes, bytes.Length - (Count * SlotBytes), lines: 1);
        }
    }

    private readonly int StartOf(int index) => Slots[Count - 1 - index].Start;

    private readonly int EndOf(int index) => index == Count - 1 ? _end : Slots[Count - 2 - index].Start;

    private readonly int StepsOf(int index)
    {
        var start = StartOf(index);
        return start + SessionHead.Bytes + Math.Max(0, MemoryMarshal.Read<SessionHead>(_bytes.AsSpan(start)).KeyBytes);
    }

    private readonly void SetHead(int index, in SessionHead head) => MemoryMarshal.Write(_bytes.AsSpan(StartOf(index)), head);

    /// <summary>Moves what begins at <paramref name="at"/>, to make room for <paramref name="size"/> bytes before it; its slots are left to the caller.</summary>
    private void MoveNewer(int at, int size)
    {
        _bytes.AsSpan(at.._end).CopyTo(_bytes.AsSpan(at + size));
        _end += size;
    }

    /// <summary>Takes bytes out of a session, by moving what is before them or what is behind, whichever is less.</summary>
    private void Close(int index, int at, int size)
    {
        if (at - _start <= _end - at - size)
        {
            _bytes.AsSpan(_start..at).CopyTo(_bytes.AsSpan(_start + size));
            _start += size;
            MoveSlots(Count - 1 - index, Count, size);
        }
        else
        {
            _bytes.AsSpan((at + size).._end).CopyTo(_bytes.AsSpan(at));
            _end -= size;
            MoveSlots(0, Count - 1 - index, -size);
        }

        _newest = Slots[0].Start;
    }

    private readonly void MoveSlots(int from, int to, int distance)
    {
        foreach (ref var slot in Slots[from..to])
        {
            slot = slot.Moved(distance);
        }
    }

    /// <summary>Makes room for <paramref name="size"/> more bytes behind the sessions.</summary>
    private void Reserve(int size)
    {
        var slotBytes = Count * SlotBytes;
        if (_end + size + slotBytes <= _bytes.Length)
        {
            return;
        }

        // Room at the front is used again once it is at least half, so that every byte is moved a bounded number of times.
        var needed = _end - _start + size + slotBytes;
        var target = _start >= _bytes.Length / 2 && needed <= _bytes.Length
            ? _bytes
            : new byte[InSlots(Math.Max(needed + SpareBytes, _bytes.Length + (_bytes.Length / 2)))];
        MoveSlots(0, Count, -_start);
        if (target != _bytes)
        {
            _bytes.AsSpan(_bytes.Length - slotBytes).CopyTo(target.AsSpan(target.Length - slotBytes));
        }

        _bytes.AsSpan(_start.._end).CopyTo(target);
        (_bytes, _end, _start) = (target, _end - _start, 0);
    }

    /// <summary>The next multiple of a slot's size: slots lie at the end.</summary>
    private static int InSlots(int bytes) => (bytes + SlotBytes - 1) / SlotBytes * SlotBytes;

    private readonly record struct Slot(int KeyHash, int Start)
    {
        public Slot Moved(int distance) => new(KeyHash, Start + distance);
    }
}
