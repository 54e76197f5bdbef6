using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Journeys;

/// <summary>
/// One user's sessions. A session is a maximal run of events of one key without a gap longer than the timeout, by event time: an event joins the
/// sessions of its key that lie within the timeout of it (two at most, which it then makes one), whatever the order of arrival.
/// </summary>
/// <remarks>
/// Kept by start, then key. Beyond a limit the oldest are dropped and stay counted. A late event from their time that joins no kept session is taken to
/// belong to one of them: it opens no new session.
/// </remarks>
internal struct SessionHistory(JourneyOptions options)
{
    private const int MostKeyCharsOnStack = 128;
    private const int MostBytesOfAChar = 3;

    private SessionPage _kept = new();
    private long _dropped;
    private long _droppedFromMs;
    private long _droppedThroughMs;

    /// <summary>All sessions, also dropped ones.</summary>
    public readonly long Count => _dropped + _kept.Count;

    /// <summary>Kept sessions.</summary>
    public readonly int KeptCount => _kept.Count;

    /// <summary>Every step from here on is kept; null if none was ever dropped.</summary>
    public readonly long? KeptFromMs
    {
        get
        {
            var dropped = _dropped > 0 ? _droppedThroughMs : SessionHead.NothingDropped;
            for (var i = 0; i < _kept.Count; i++)
            {
                dropped = Math.Max(dropped, _kept.Head(i).DroppedThroughMs);
            }

            return dropped == SessionHead.NothingDropped ? null : dropped + 1;
        }
    }

    private readonly long TimeoutMs => options.SessionTimeout.Ticks / TimeSpan.TicksPerMillisecond;

    /// <summary>Counts an event to its session. In order and to the newest session: constant time, and no allocation but growth.</summary>
    public void Add(string? key, in StepRecord step)
    {
        var room = key is null ? 0 : key.Length * MostBytesOfAChar;
        var utf8 = room <= MostKeyCharsOnStack * MostBytesOfAChar ? stackalloc byte[room] : new byte[room];
        Add(new OptionalUtf8(utf8[..Encoding.UTF8.GetBytes(key, utf8)], key is not null), step);
        DropBeyondLimits();
    }

    /// <summary>What is known of a kept session.</summary>
    public readonly SessionHead Head(int index) => _kept.Head(index);

    /// <summary>The key of a kept session; null if the shop sends none.</summary>
    public readonly string? Key(int index) => _kept.Key(index) is { Exists: true } key ? Encoding.UTF8.GetString(key.Bytes) : null;

    /// <summary>Adds the kept steps of a session to a list.</summary>
    public readonly void CopySteps(int index, List<StepRecord> steps)
    {
        var head = _kept.Head(index);
        var reader = new StepCodec.Reader(_kept.Steps(index), head.BaseMs, head.BasePosition);
        while (reader.Remaining > 0)
        {
            steps.Add(reader.Next());
        }
    }

    /// <summary>True if dropped sessions may have lain in [from, to).</summary>
    public readonly bool IsTruncated(long fromMs, long toMs) => _dropped > 0 && _droppedThroughMs >= fromMs && _droppedFromMs < toMs;

    /// <summary>Fetches what the next event most likely needs: see <see cref="SessionPage.Fetch"/>.</summary>
    public readonly void Fetch(int step) => _kept.Fetch(step);

    /// <summary>Writes the sessions.</summary>
    public readonly void WriteTo(FormatWriter writer)
    {
        writer.Count(_dropped);
        if (_dropped > 0)
        {
            writer.Signed(_droppedFromMs);
            writer.Count(_droppedThroughMs - _droppedFromMs);
        }

        writer.Count(_kept.Count);
        var before = 0L;
        for (var i = 0; i < _kept.Count; i++)
        {
            var head = _kept.Head(i);
            head.WriteTo(writer, _kept.Key(i), before, _kept.Steps(i));
            before = head.StartMs;
        }
    }

    /// <summary>Replaces all sessions by stored ones.</summary>
    /// <exception cref="DamagedFormatException">The bytes are no sessions.</exception>
    public void ReadFrom(ref FormatReader reader)
    {
        _dropped = reader.Count();
        if (_dropped > 0)
        {
            _droppedFromMs = EventTotals.StoredTime(reader.Signed());
            _droppedThroughMs = EventTotals.StoredTime(_droppedFromMs, reader.Count());
        }

        var before = 0L;
        var left = reader.Items();
        _kept = SessionPage.WithRoom(Math.Min(left, reader.Remaining / SessionHead.LeastStoredBytes), reader.Remaining);
        for (; left > 0; left--)
        {
            var head = SessionHead.ReadFrom(ref reader, before, out var key, out var steps);
            before = head.StartMs;
            _kept.AddStored(HashOf(key), key, head, steps);
        }
    }

    private void Add(OptionalUtf8 key, in StepRecord step)
    {
        var keyHash = HashOf(key);
        var (joined, several) = (-1, false);
        for (var i = _kept.Count - 1; i >= 0; i--)
        {
            if (!_kept.IsOf(i, keyHash, key))
            {
                continue;
            }

            var head = _kept.Head(i);
            if (head.Joins(step.TimeMs, TimeoutMs))
            {
                (joined, several) = (i, joined >= 0);
            }

            if (head.StartMs <= step.TimeMs)
            {
                // Sessions of one key do not overlap, and lie more than a timeout apart: no earlier one reaches the event.
                break;
            }
        }

        if (joined < 0)
        {
            Begin(keyHash, key, step);
        }
        else if (!several && _kept.Head(joined).IsBefore(step))
        {
            _kept.Append(joined, step);
            DropStepsBeyondLimit(joined);
        }
        else
        {
            Join(keyHash, key, step);
        }
    }

    private void Begin(int keyHash, OptionalUtf8 key, in StepRecord step)
    {
        if (_dropped > 0 && step.TimeMs <= _droppedThroughMs)
        {
            _droppedFromMs = Math.Min(_droppedFromMs, step.TimeMs);
        }
        else
        {
            Insert(keyHash, key, SessionHead.Before(step.TimeMs), [step]);
        }
    }

    /// <summary>Makes one of an event that comes late and the sessions that it joins.</summary>
    private void Join(int keyHash, OptionalUtf8 key, in StepRecord step)
    {
        var joined = SessionHead.Before(step.TimeMs);
        var steps = new List<StepRecord> { step };
        for (var i = _kept.Count - 1; i >= 0; i--)
        {
            if (_kept.IsOf(i, keyHash, key) && _kept.Head(i) is var head && head.Joins(step.TimeMs, TimeoutMs))
            {
                joined.Merge(head);
                CopySteps(i, steps);
                _kept.RemoveAt(i);
            }
        }

        steps.Sort(static (one, other) => one.CompareTo(other));
        Insert(keyHash, key, joined, CollectionsMarshal.AsSpan(steps));
    }

    private void Insert(int keyHash, OptionalUtf8 key, in SessionHead head, ReadOnlySpan<StepRecord> steps)
    {
        var index = _kept.Count;
        while (index > 0 && IsBefore(head, key, index - 1))
        {
            index--;
        }

        _kept.Insert(index, keyHash, key, head);
        foreach (ref readonly var step in steps)
        {
            _kept.Append(index, step);
        }

        DropStepsBeyondLimit(index);
    }

    private readonly bool IsBefore(in SessionHead head, OptionalUtf8 key, int index)
    {
        var startMs = _kept.Head(index).StartMs;
        return head.StartMs < startMs || (head.StartMs == startMs && Compare(key, _kept.Key(index)) < 0);
    }

    private void DropStepsBeyondLimit(int index)
    {
        while (_kept.Head(index).StepCount > options.MaxStepsPerSession)
        {
            _kept.DropFirstStep(index);
        }
    }

    private void DropBeyondLimits()
    {
        while (_kept.Count > options.MaxSessionsKept || (_kept.StepBytes > options.MaxStepBytes && _kept.Count > 1))
        {
            var oldest = _kept.Head(0);
            _droppedFromMs = _dropped == 0 ? oldest.StartMs : Math.Min(_droppedFromMs, oldest.StartMs);
            _droppedThroughMs = _dropped == 0 ? oldest.EndMs : Math.Max(_droppedThroughMs, oldest.EndMs);
            _dropped++;
            _kept.RemoveAt(0);
        }

        while (_kept.StepBytes > options.MaxStepBytes && _kept.Head(0).StepCount > 1)
        {
            _kept.DropFirstStep(0);
        }
    }

    /// <summary>The order of the keys as texts; none is before all others.</summary>
    private static int Compare(OptionalUtf8 one, OptionalUtf8 other) => one.Exists && other.Exists
        ? string.CompareOrdinal(Encoding.UTF8.GetString(one.Bytes), Encoding.UTF8.GetString(other.Bytes))
        : one.Exists.CompareTo(other.Exists);

    private static int HashOf(OptionalUtf8 key) => key.Exists ? (int)XxHash3.HashToUInt64(key.Bytes) : 0;
}
