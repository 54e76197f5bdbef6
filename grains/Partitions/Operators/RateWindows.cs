using System.Buffers;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>The events of one user in one window of time.</summary>
internal struct RateWindow
{
    /// <summary>Hash of the user.</summary>
    public required ulong User { get; init; }

    /// <summary>Windows since 1970-01-01.</summary>
    public required long Number { get; init; }

    /// <summary>Position of the first event.</summary>
    public required long Opened { get; init; }

    /// <summary>Events so far.</summary>
    public int Events { get; set; }

    public readonly void WriteTo(FormatWriter writer)
    {
        writer.Fixed64(User);
        writer.Signed(Number);
        writer.Count(Opened);
        writer.Count(Events);
    }

    public static RateWindow Read(ref FormatReader reader) => new()
    {
        User = reader.Fixed64(),
        Number = reader.Signed(),
        Opened = reader.Count(),
        Events = (int)reader.Count(),
    };
}

/// <summary>
/// The windows that are open, numbered in the order in which they were opened, in segments. A capture stores the segments of windows that were counted in:
/// the last few, as long as events come in the order of their times.
/// </summary>
internal sealed class RateWindows
{
    /// <summary>What errors call it.</summary>
    public const string Format = "rate windows";

    private const byte FormatVersion = 1;
    private const string PartPrefix = "rate/";
    private const int SegmentSize = 1024;

    private readonly List<Segment> _segments = [];
    private readonly List<long> _removed = [];
    private Segment? _free;

    /// <summary>The number of the oldest window.</summary>
    public long First { get; private set; }

    /// <summary>The number of the next window.</summary>
    public long End { get; private set; }

    /// <summary>A window.</summary>
    public ref readonly RateWindow this[long number] => ref SegmentOf(number).Windows[number % SegmentSize];

    /// <summary>Adds a window and gives it a number.</summary>
    public long Add(in RateWindow window)
    {
        if (End % SegmentSize == 0)
        {
            _segments.Add(_free ?? new Segment());
            _free = null;
        }

        var segment = SegmentOf(End);
        segment.Windows[End % SegmentSize] = window;
        segment.Changed = true;
        return End++;
    }

    /// <summary>Counts one more event in a window, and tells how many there are.</summary>
    public int CountIn(long number)
    {
        var segment = SegmentOf(number);
        segment.Changed = true;
        return ++segment.Windows[number % SegmentSize].Events;
    }

    /// <summary>Removes the oldest window.</summary>
    public void RemoveFirst()
    {
        if (++First % SegmentSize == 0)
        {
            _removed.Add((First / SegmentSize) - 1);
            _free = _segments[0];
            _segments.RemoveAt(0);
        }
    }

    /// <summary>Removes all.</summary>
    public void Clear()
    {
        _segments.Clear();
        _removed.Clear();
        (First, End) = (0, 0);
    }

    /// <summary>Adds the segments that changed, and the names of those that are no longer needed.</summary>
    public void Capture(OperatorImage image)
    {
        foreach (var number in _removed)
        {
            image.Remove(PartPrefix + number);
        }

        _removed.Clear();
        for (var i = 0; i < _segments.Count; i++)
        {
            if (_segments[i].Changed)
            {
                var number = (First / SegmentSize) + i;
                image.Put(PartPrefix + number, output => Write(output, number));
                _segments[i].Changed = false;
            }
        }
    }

    /// <summary>Takes over the stored windows from the one numbered <paramref name="first"/> on; there are none before.</summary>
    /// <exception cref="DamagedFormatException">The parts do not hold them.</exception>
    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts, long first)
    {
        (First, End) = (first, first - (first % SegmentSize));
        foreach (var number in PartNumbers.Of(parts, PartPrefix))
        {
            if (End != number * SegmentSize)
            {
                throw new DamagedFormatException($"{Format} {End} to {(number * SegmentSize) - 1} are missing");
            }

            Read(parts[PartPrefix + number].Span);
        }

        if (End < First)
        {
            throw new DamagedFormatException($"{Format} begin at {First} and end at {End}");
        }
    }

    private Segment SegmentOf(long number) => _segments[(int)((number / SegmentSize) - (First / SegmentSize))];

    private void Read(ReadOnlySpan<byte> stored)
    {
        var reader = new FormatReader(stored);
        reader.Version(FormatVersion, Format);
        var left = reader.Items();
        if (left is 0 or > SegmentSize)
        {
            throw new DamagedFormatException($"a segment of {left} {Format}");
        }

        for (; left > 0; left--)
        {
            Add(RateWindow.Read(ref reader));
        }

        _segments[^1].Changed = false;
        reader.End(Format);
    }

    private void Write(IBufferWriter<byte> output, long segment)
    {
        var writer = new FormatWriter(output);
        writer.Byte(FormatVersion);
        var windows = SegmentOf(segment * SegmentSize).Windows.AsSpan(0, (int)Math.Min(SegmentSize, End - (segment * SegmentSize)));
        writer.Count(windows.Length);
        foreach (ref readonly var window in windows)
        {
            window.WriteTo(writer);
        }
    }

    private sealed class Segment
    {
        public RateWindow[] Windows { get; } = new RateWindow[SegmentSize];

        public bool Changed { get; set; }
    }
}
