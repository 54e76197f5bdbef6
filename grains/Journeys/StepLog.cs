using System.Globalization;
using System.Text;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Journeys;

/// <summary>One step before it is encoded, or after it is decoded.</summary>
internal readonly record struct StepRecord(long TimeMs, long Position, EventKind Kind, string Subject, Money Price)
{
    /// <summary>True if this step comes after <paramref name="other"/> in a journey.</summary>
    public bool IsAfter(StepRecord other) => TimeMs > other.TimeMs || (TimeMs == other.TimeMs && Position > other.Position);
}

/// <summary>
/// The steps of one session by (time, position), kept as they are stored: a step takes about 15 bytes instead of a struct of 40, a session that is
/// read from storage needs no string per step, and saving is a copy. The price is that a late step costs one pass over the session.
/// </summary>
/// <remarks>Step: kind (3 bits) and "subject is a number" (1 bit), time since the step before, position since the step before (signed), price, subject.</remarks>
internal struct StepLog()
{
    private const int KindMask = 7;
    private const int NumberFlag = 8;
    private const int FirstCapacity = 32;

    /// <summary>The kind and four varints.</summary>
    private const int MaxHeadBytes = 1 + (4 * 10);

    private byte[] _bytes = [];
    private int _start;
    private int _end;
    private long _baseMs;
    private long _basePosition;
    private long _lastMs;
    private long _lastPosition;

    /// <summary>Steps in it.</summary>
    public int Count { get; private set; }

    /// <summary>Their encoded size.</summary>
    public readonly int Bytes => _end - _start;

    /// <summary>Fetches the place of the next step: see <see cref="Partitions.Ahead"/>.</summary>
    public readonly void Fetch() => Partitions.Ahead.FetchItem(_bytes, _end);

    /// <summary>Adds a step where it belongs. At the end: constant time and no allocation but growth.</summary>
    public void Add(StepRecord step)
    {
        if (Count == 0 || step.TimeMs > _lastMs || (step.TimeMs == _lastMs && step.Position > _lastPosition))
        {
            Append(step);
            return;
        }

        var steps = ToList();
        var index = steps.Count;
        while (index > 0 && steps[index - 1].IsAfter(step))
        {
            index--;
        }

        steps.Insert(index, step);
        Replace(steps);
    }

    /// <summary>Adds all steps of another log.</summary>
    public void AddAll(in StepLog other)
    {
        var steps = ToList();
        steps.AddRange(other.ToList());
        steps.Sort(static (a, b) => a.IsAfter(b) ? 1 : b.IsAfter(a) ? -1 : 0);
        Replace(steps);
    }

    /// <summary>Removes the first step and answers its time.</summary>
    public long DropFirst()
    {
        var reader = new FormatReader(_bytes.AsSpan(_start, Bytes));
        var header = Header.Read(ref reader, _baseMs, _basePosition);
        Subject(ref reader, header.IsNumber, decode: false);
        _start = _end - reader.Remaining;
        _baseMs = header.TimeMs;
        _basePosition = header.Position;
        Count--;
        return header.TimeMs;
    }

    /// <summary>The steps, decoded.</summary>
    public readonly List<StepRecord> ToList()
    {
        var steps = new List<StepRecord>(Count + 1);
        var reader = new FormatReader(_bytes.AsSpan(_start, Bytes));
        var (time, position) = (_baseMs, _basePosition);
        for (var i = 0; i < Count; i++)
        {
            var header = Header.Read(ref reader, time, position);
            (time, position) = (header.TimeMs, header.Position);
            steps.Add(new StepRecord(time, position, header.Kind, Subject(ref reader, header.IsNumber, decode: true)!, header.Price));
        }

        return steps;
    }

    /// <summary>Writes the log.</summary>
    public readonly void WriteTo(FormatWriter writer)
    {
        writer.Count(Count);
        writer.Signed(_baseMs);
        writer.Count(_basePosition);
        writer.Utf8(_bytes.AsSpan(_start, Bytes));
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    /// <exception cref="DamagedFormatException">The bytes are no steps, or none at all.</exception>
    public static StepLog ReadFrom(ref FormatReader reader)
    {
        var log = new StepLog { Count = reader.Items(), _baseMs = EventTotals.StoredTime(reader.Signed()), _basePosition = reader.Count() };
        if (log.Count == 0 || !reader.TryUtf8(out var bytes))
        {
            throw new DamagedFormatException("a session has no steps");
        }

        log._bytes = bytes.ToArray();
        log._end = bytes.Length;
        var (time, position) = (log._baseMs, log._basePosition);
        var steps = new FormatReader(bytes);
        for (var i = 0; i < log.Count; i++)
        {
            var header = Header.Read(ref steps, time, position);
            (time, position) = (header.TimeMs, header.Position);
            Subject(ref steps, header.IsNumber, decode: false);
        }

        if (steps.Remaining != 0)
        {
            throw new DamagedFormatException($"{steps.Remaining} bytes after the last step");
        }

        (log._lastMs, log._lastPosition) = (time, position);
        return log;
    }

    private void Append(StepRecord step)
    {
        if (Count == 0)
        {
            (_lastMs, _lastPosition) = (_baseMs, _basePosition) = (step.TimeMs, step.Position);
        }

        var isNumber = CompactId.TryNumber(step.Subject, out var number);
        Span<byte> head = stackalloc byte[MaxHeadBytes];
        head[0] = (byte)((int)step.Kind | (isNumber ? NumberFlag : 0));
        var used = 1;
        used += Varint(head[used..], (ulong)(step.TimeMs - _lastMs));
        used += Varint(head[used..], Zigzag(step.Position - _lastPosition));
        used += Varint(head[used..], Zigzag(step.Price.Units));
        var textBytes = isNumber ? 0 : Encoding.UTF8.GetByteCount(step.Subject);
        used += Varint(head[used..], isNumber ? number : (ulong)textBytes + 1);
        var room = Reserve(used + textBytes);
        head[..used].CopyTo(room);
        if (!isNumber)
        {
            Encoding.UTF8.GetBytes(step.Subject, room[used..]);
        }

        _end += used + textBytes;
        (_lastMs, _lastPosition) = (step.TimeMs, step.Position);
        Count++;
    }

    private void Replace(List<StepRecord> steps)
    {
        (_start, _end, Count) = (0, 0, 0);
        foreach (var step in steps)
        {
            Append(step);
        }
    }

    /// <summary>Room for <paramref name="size"/> more bytes at the end.</summary>
    private Span<byte> Reserve(int size)
    {
        if (_bytes.Length - _end >= size)
        {
            return _bytes.AsSpan(_end);
        }

        // Room at the front is used again once it is at least half, so that every byte is moved a bounded number of times.
        var target = _start >= _bytes.Length / 2 && _bytes.Length - Bytes >= size
            ? _bytes
            : new byte[Math.Max(FirstCapacity, Math.Max(Bytes + size, _bytes.Length + (_bytes.Length / 2)))];
        Buffer.BlockCopy(_bytes, _start, target, 0, Bytes);
        (_bytes, _end, _start) = (target, Bytes, 0);
        return _bytes.AsSpan(_end);
    }

    /// <summary>As <see cref="FormatWriter.Varint"/> writes it, but into a span: this is the hottest path of a user.</summary>
    private static int Varint(Span<byte> room, ulong value)
    {
        var length = 0;
        while (value >= 0x80)
        {
            room[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        room[length] = (byte)value;
        return length + 1;
    }

    private static ulong Zigzag(long value) => (ulong)((value << 1) ^ (value >> 63));

    /// <summary>True for what a number gives back digit by digit: then a product id takes 4 bytes instead of 9.</summary>
    private static string? Subject(ref FormatReader reader, bool isNumber, bool decode)
    {
        if (isNumber)
        {
            var number = reader.Count();
            return decode ? number.ToString(CultureInfo.InvariantCulture) : null;
        }

        if (!reader.TryUtf8(out var utf8))
        {
            throw new DamagedFormatException("a step has no subject");
        }

        return decode ? Encoding.UTF8.GetString(utf8) : null;
    }

    private readonly record struct Header(EventKind Kind, bool IsNumber, long TimeMs, long Position, Money Price)
    {
        public static Header Read(ref FormatReader reader, long beforeMs, long beforePosition)
        {
            var first = reader.Byte();
            var kind = (EventKind)(first & KindMask);
            if (first > (KindMask | NumberFlag) || kind is < EventKind.View or > EventKind.Page)
            {
                throw new DamagedFormatException($"a step begins with {first:x2}");
            }

            var time = EventTotals.StoredTime(beforeMs, reader.Count());
            return new Header(kind, (first & NumberFlag) != 0, time, beforePosition + reader.Signed(), reader.Money());
        }
    }
}
