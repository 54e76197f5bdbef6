using System.Runtime.InteropServices;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Journeys;

/// <summary>What is known of a kept session beside its key and its steps. It ends with its last step, which is always kept.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal struct SessionHead
{
    /// <summary>What it takes in memory.</summary>
    public const int Bytes = 64;

    /// <summary>The least that a session takes where it is stored: eight numbers of a byte, and a step.</summary>
    public const int LeastStoredBytes = 8 + 5;

    /// <summary><see cref="DroppedThroughMs"/> of a session without a dropped step.</summary>
    public const long NothingDropped = long.MinValue;

    /// <summary>First event time, also of dropped steps.</summary>
    public long StartMs;

    /// <summary>Last event time.</summary>
    public long EndMs;

    /// <summary>All events, also those of dropped steps.</summary>
    public long Events;

    /// <summary>The time of the last dropped step, or <see cref="NothingDropped"/>.</summary>
    public long DroppedThroughMs;

    /// <summary>The time that the first kept step is told relative to.</summary>
    public long BaseMs;

    /// <summary>The position that the first kept step is told relative to.</summary>
    public long BasePosition;

    /// <summary>The last step's position.</summary>
    public long LastPosition;

    /// <summary>Kept steps.</summary>
    public int StepCount;

    /// <summary>Bytes of the shop's session key in UTF-8; -1 if it sends none.</summary>
    public int KeyBytes;

    /// <summary>A session without steps yet, which is to begin with an event at <paramref name="timeMs"/>.</summary>
    public static SessionHead Before(long timeMs) => new() { StartMs = timeMs, EndMs = timeMs, DroppedThroughMs = NothingDropped };

    /// <summary>True if an event at <paramref name="timeMs"/> lies within the timeout of this session.</summary>
    public readonly bool Joins(long timeMs, long timeoutMs) => timeMs - EndMs <= timeoutMs && StartMs - timeMs <= timeoutMs;

    /// <summary>True if the step comes after all that the session has.</summary>
    public readonly bool IsBefore(in StepRecord step) => step.TimeMs > EndMs || (step.TimeMs == EndMs && step.Position > LastPosition);

    /// <summary>True if dropped steps may have lain in [from, to).</summary>
    public readonly bool IsTruncated(long fromMs, long toMs) => DroppedThroughMs != NothingDropped && DroppedThroughMs >= fromMs && StartMs < toMs;

    /// <summary>Takes over what is known of a session that turned out to be the same one, except for its kept steps.</summary>
    public void Merge(in SessionHead other)
    {
        StartMs = Math.Min(StartMs, other.StartMs);
        Events += other.Events - other.StepCount;
        DroppedThroughMs = Math.Max(DroppedThroughMs, other.DroppedThroughMs);
    }

    /// <summary>Counts a step that is put behind the others.</summary>
    public void Append(in StepRecord step)
    {
        if (StepCount == 0)
        {
            (BaseMs, BasePosition) = (step.TimeMs, step.Position);
        }

        (EndMs, LastPosition) = (step.TimeMs, step.Position);
        StepCount++;
        Events++;
    }

    /// <summary>Writes the session; its start relative to <paramref name="beforeMs"/>.</summary>
    public readonly void WriteTo(FormatWriter writer, OptionalUtf8 key, long beforeMs, ReadOnlySpan<byte> steps)
    {
        if (key.Exists)
        {
            writer.Utf8(key.Bytes);
        }
        else
        {
            writer.Text(null);
        }

        writer.Signed(StartMs - beforeMs);
        writer.Count(EndMs - StartMs);
        writer.Count(Events - StepCount);
        if (Events > StepCount)
        {
            writer.Count(DroppedThroughMs - StartMs);
        }

        writer.Count(StepCount);
        writer.Signed(BaseMs);
        writer.Count(BasePosition);
        writer.Utf8(steps);
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    /// <exception cref="DamagedFormatException">The bytes are no session.</exception>
    public static SessionHead ReadFrom(ref FormatReader reader, long beforeMs, out OptionalUtf8 key, out ReadOnlySpan<byte> steps)
    {
        key = reader.Utf8();
        var head = Before(EventTotals.StoredTime(unchecked(beforeMs + reader.Signed())));
        head.EndMs = EventTotals.StoredTime(head.StartMs, reader.Count());
        var dropped = reader.Count();
        if (dropped > 0)
        {
            head.DroppedThroughMs = EventTotals.StoredTime(head.StartMs, reader.Count());
        }

        head.StepCount = reader.Items();
        head.BaseMs = EventTotals.StoredTime(reader.Signed());
        head.BasePosition = reader.Count();
        if (head.StepCount == 0 || !reader.TryUtf8(out steps))
        {
            throw new DamagedFormatException("a session has no steps");
        }

        head.KeyBytes = key.Exists ? key.Bytes.Length : -1;
        head.Events = unchecked(dropped + head.StepCount);
        head.ReadLast(steps);
        return head;
    }

    private void ReadLast(ReadOnlySpan<byte> steps)
    {
        var reader = new StepCodec.Reader(steps, BaseMs, BasePosition);
        for (var i = 0; i < StepCount; i++)
        {
            reader.Skip();
        }

        if (reader.Remaining != 0)
        {
            throw new DamagedFormatException($"{reader.Remaining} bytes after the last step");
        }

        if (reader.TimeMs != EndMs)
        {
            throw new DamagedFormatException("a session does not end with its last step");
        }

        LastPosition = reader.Position;
    }
}
