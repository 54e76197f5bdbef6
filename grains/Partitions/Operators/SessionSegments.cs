using System.Buffers;
using System.Runtime.InteropServices;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>
/// How open sessions are stored. Each capture adds segments with the sessions that were touched since the one before, and with a share of the others; once all
/// of the others have had their turn, every session is in a newer segment, and those from before that walk go. So a capture costs what happened and a
/// small part of what is open, and what is stored is a few times what is open.
/// </summary>
/// <remarks>
/// What a session is known by is the position that opened it. Its newest record counts: segments are read from the newest one back. A session is gone if its
/// record was touched no later than the last one that was closed, as sessions are closed in that order, or if a later segment says that it became a part
/// of another one.
/// </remarks>
/// <param name="rows">The open sessions.</param>
internal sealed class SessionSegments(RowTable<SessionWindow> rows)
{
    // Before version 3 a part was a fixed share of the sessions, and none had an id: they are read as what they are, the oldest segments.
    private const byte FormatVersion = 4;
    private const byte FirstWithIds = 3;
    private const string PartPrefix = "sessions/open/";
    private const string Format = "open sessions";

    private const int CapturesOfAWalk = 32;

    // About half a megabyte: less than what images rent at once.
    private const int SegmentSize = 4096;

    private readonly List<int> _records = [];
    private readonly List<long> _removed = [];
    private readonly ArrayBufferWriter<byte> _record = new();
    private readonly List<long> _segments = [];
    private long _nextSegment;
    private long _capturedThrough;
    private long _closedThrough;
    private int _next = SessionIndex.None;
    private long _walkThrough;
    private long _walkBegan;
    private int _share;

    /// <summary>The session, the one untouched for longest, is closed.</summary>
    public void Closed(in SessionWindow window) => _closedThrough = window.Touched;

    /// <summary>The session has become a part of another one.</summary>
    public void Removed(in SessionWindow window)
    {
        if (window.Id <= _capturedThrough)
        {
            _removed.Add(window.Id);
        }
    }

    /// <summary>The session is about to leave its place in the order.</summary>
    public void Leaves(int row)
    {
        if (row == _next)
        {
            _next = rows[row].Newer;
        }
    }

    /// <summary>Adds a segment, if any session was touched, and names those that are no longer needed.</summary>
    public void Capture(OperatorImage image, int oldest, int newest)
    {
        if (newest == SessionIndex.None || rows[newest].Touched == _capturedThrough)
        {
            return;
        }

        for (var row = newest; row != SessionIndex.None && rows[row].Touched > _capturedThrough; row = rows[row].Older)
        {
            _records.Add(row);
        }

        // As many others as were touched, at least: else what is stored twice would grow where much happens.
        var isThrough = Walk(_segments.Count <= MostSegments(rows.Count) ? Math.Max(_share, _records.Count) : int.MaxValue);
        for (var start = 0; start < _records.Count; start += SegmentSize)
        {
            var end = Math.Min(_records.Count, start + SegmentSize);
            image.Put(PartPrefix + _nextSegment, output => Write(output, start, end));
            _segments.Add(_nextSegment++);
            _removed.Clear();
        }

        _capturedThrough = rows[newest].Touched;
        _records.Clear();
        if (isThrough)
        {
            RemoveOlder(image);
            BeginWalk(oldest);
        }
    }

    /// <summary>The stored sessions, in the order in which they were last touched. <see cref="BeginWalk"/> must follow.</summary>
    /// <exception cref="DamagedFormatException">The bytes are no sessions.</exception>
    public List<SessionWindow> Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts)
    {
        _removed.Clear();
        _segments.Clear();
        _segments.AddRange(PartNumbers.Of(parts, PartPrefix));
        _nextSegment = _segments.Count == 0 ? 0 : _segments[^1] + 1;
        _closedThrough = 0;
        var windows = new List<SessionWindow>();
        var gone = new HashSet<long>();
        for (var i = _segments.Count - 1; i >= 0; i--)
        {
            Read(parts[PartPrefix + _segments[i]].Span, windows, gone);
        }

        windows.Sort((a, b) => a.Touched.CompareTo(b.Touched));
        _capturedThrough = windows.Count == 0 ? _closedThrough : windows[^1].Touched;
        return windows;
    }

    /// <summary>Begins to write the sessions that are not touched, from the one untouched for longest.</summary>
    public void BeginWalk(int oldest)
    {
        (_next, _walkThrough, _walkBegan) = (oldest, _capturedThrough, _nextSegment);
        _share = (rows.Count + CapturesOfAWalk - 1) / CapturesOfAWalk;
    }

    /// <summary>Goes on with the walk; true if it is through.</summary>
    private bool Walk(int left)
    {
        for (; _next != SessionIndex.None && rows[_next].Touched <= _walkThrough; left--)
        {
            if (left == 0)
            {
                return false;
            }

            _records.Add(_next);
            _next = rows[_next].Newer;
        }

        return true;
    }

    /// <summary>
    /// Twice the segments that two walks leave, and room for parts of earlier versions. There are more only where walks are begun again and again, as by a
    /// partition that always goes back before one is through; then one ends at once.
    /// </summary>
    private static int MostSegments(int open) => (4 * CapturesOfAWalk) + (8 * (open / SegmentSize));

    private void RemoveOlder(OperatorImage image)
    {
        var older = _segments.TakeWhile(number => number < _walkBegan).Count();
        foreach (var number in _segments.Take(older))
        {
            image.Remove(PartPrefix + number);
        }

        _segments.RemoveRange(0, older);
    }

    private void Write(IBufferWriter<byte> output, int start, int end)
    {
        var writer = new FormatWriter(output);
        writer.Byte(FormatVersion);
        writer.Count(_closedThrough);
        writer.Count(_removed.Count);
        foreach (var id in _removed)
        {
            writer.Count(id);
        }

        writer.Count(end - start);
        foreach (var row in CollectionsMarshal.AsSpan(_records)[start..end])
        {
            ref readonly var window = ref rows[row];
            writer.Count(window.Id);
            writer.Count(window.Touched);
            _record.ResetWrittenCount();
            window.WriteTo(new FormatWriter(_record));
            writer.Utf8(_record.WrittenSpan);
        }
    }

    private void Read(ReadOnlySpan<byte> stored, List<SessionWindow> windows, HashSet<long> gone)
    {
        var reader = new FormatReader(stored);
        var version = reader.Version(FormatVersion, Format);
        if (version >= FirstWithIds)
        {
            ReadSegment(ref reader, version, windows, gone);
        }
        else
        {
            for (var left = reader.Items(); left > 0; left--)
            {
                var window = SessionWindow.ReadWithoutId(ref reader, version);
                if (IsOpen(window.Id, window.Touched, gone))
                {
                    windows.Add(window);
                }
            }
        }

        reader.End(Format);
    }

    private void ReadSegment(ref FormatReader reader, byte version, List<SessionWindow> windows, HashSet<long> gone)
    {
        // The newest segment, which is read first, knows best.
        _closedThrough = Math.Max(_closedThrough, reader.Count());
        for (var left = reader.Items(); left > 0; left--)
        {
            gone.Add(reader.Count());
        }

        for (var left = reader.Items(); left > 0; left--)
        {
            var (id, touched) = (reader.Count(), reader.Count());
            if (!reader.TryUtf8(out var record))
            {
                throw new DamagedFormatException("a session is missing");
            }

            if (IsOpen(id, touched, gone))
            {
                var one = new FormatReader(record);
                windows.Add(SessionWindow.Read(ref one, version, id, touched));
                one.End("an open session");
            }
        }
    }

    /// <summary>True for the newest record of a session that is open. Those that come later, which are older, are not.</summary>
    private bool IsOpen(long id, long touched, HashSet<long> gone) => touched > _closedThrough && gone.Add(id);
}
