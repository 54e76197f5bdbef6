using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Journeys;

/// <summary>
/// One user's sessions. A session is a maximal run of events of one key without a gap longer than the timeout, by event time: an event joins the
/// sessions of its key that lie within the timeout of it (two at most, which it then makes one), whatever the order of arrival.
/// </summary>
/// <remarks>
/// Beyond a limit the oldest sessions, by start, are dropped and stay counted. A late event from their time that joins no kept session is taken to
/// belong to one of them: it opens no new session.
/// </remarks>
internal struct SessionHistory(JourneyOptions options)
{
    private const int SessionsFetched = 4;

    // An array of its own, as most users have few sessions, and there are as many of these as users.
    private KeptSession[] _kept = [];
    private int _keptCount;
    private long _dropped;
    private long _droppedFromMs;
    private long _droppedThroughMs;
    private int _stepBytes;

    // No session ends before an earlier one does, as it mostly is: who looks for a session then need not look at all of them.
    private bool _endInOrder = true;

    /// <summary>All sessions, also dropped ones.</summary>
    public readonly long Count => _dropped + _keptCount;

    /// <summary>The kept sessions, by start, then key.</summary>
    public readonly IReadOnlyList<KeptSession> Kept => new ArraySegment<KeptSession>(_kept, 0, _keptCount);

    private readonly long TimeoutMs => options.SessionTimeout.Ticks / TimeSpan.TicksPerMillisecond;

    /// <summary>Counts an event to its session. In order and to the newest session: constant time.</summary>
    public void Add(string? key, StepRecord step)
    {
        var index = _keptCount - 1;
        if (index >= 0 && step.TimeMs >= _kept[index].StartMs && _kept[index].Joins(step.TimeMs, TimeoutMs) && _kept[index].Key == key)
        {
            // An earlier session of this key ends more than a timeout before this one starts, so the event cannot bridge the two.
            Extend(_kept[index], step);
        }
        else
        {
            AddAnywhere(key, step);
        }

        DropBeyondLimits();
    }

    /// <summary>True if dropped sessions may have lain in [from, to).</summary>
    public readonly bool IsTruncated(long fromMs, long toMs) => _dropped > 0 && _droppedThroughMs >= fromMs && _droppedFromMs < toMs;

    /// <summary>Every step from here on is kept; null if none was ever dropped.</summary>
    public readonly long? KeptFromMs
    {
        get
        {
            var dropped = _dropped > 0 ? _droppedThroughMs : KeptSession.NothingDropped;
            foreach (var session in _kept.AsSpan(0, _keptCount))
            {
                dropped = Math.Max(dropped, session.DroppedThroughMs);
            }

            return dropped == KeptSession.NothingDropped ? null : dropped + 1;
        }
    }

    /// <summary>Fetches what the next event most likely needs: see <see cref="Ahead"/> and <see cref="IEntityFold.Fetch"/>.</summary>
    public readonly void Fetch(int step)
    {
        var (kept, count) = (_kept, _keptCount);
        if (step == 0)
        {
            Ahead.FetchItem(kept, count - 1);
            return;
        }

        for (var i = Math.Max(0, count - SessionsFetched); i < Math.Min(count, kept.Length); i++)
        {
            if (step == 1)
            {
                Ahead.Fetch(kept[i]);
            }
            else
            {
                kept[i]?.Fetch();
            }
        }
    }

    /// <summary>Writes the sessions.</summary>
    public readonly void WriteTo(FormatWriter writer)
    {
        writer.Count(_dropped);
        if (_dropped > 0)
        {
            writer.Signed(_droppedFromMs);
            writer.Count(_droppedThroughMs - _droppedFromMs);
        }

        writer.Count(_keptCount);
        var before = 0L;
        foreach (var session in _kept.AsSpan(0, _keptCount))
        {
            session.WriteTo(writer, before);
            before = session.StartMs;
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

        var count = reader.Items();
        (_kept, _keptCount) = (new KeptSession[count], 0);
        _stepBytes = 0;
        _endInOrder = true;
        var before = 0L;
        for (var i = 0; i < count; i++)
        {
            var session = KeptSession.ReadFrom(ref reader, before);
            before = session.StartMs;
            _stepBytes += session.StepBytes;
            _kept[_keptCount++] = session;
            _endInOrder &= EndsInOrder(i);
        }
    }

    private void AddAnywhere(string? key, StepRecord step)
    {
        KeptSession? joined = null;
        for (var i = _keptCount - 1; i >= 0; i--)
        {
            var session = _kept[i];
            if (_endInOrder && step.TimeMs - session.EndMs > TimeoutMs)
            {
                break;
            }

            if (session.Key != key)
            {
                continue;
            }

            if (session.Joins(step.TimeMs, TimeoutMs))
            {
                RemoveAt(i);
                _stepBytes -= session.StepBytes;
                joined?.Merge(session, options.MaxStepsPerSession);
                joined ??= session;
            }
            else if (session.EndMs < step.TimeMs)
            {
                // Sessions of one key do not overlap: all earlier ones end even earlier.
                break;
            }
        }

        if (joined is not null)
        {
            joined.Add(step, options.MaxStepsPerSession);
            Insert(joined);
        }
        else if (_dropped > 0 && step.TimeMs <= _droppedThroughMs)
        {
            _droppedFromMs = Math.Min(_droppedFromMs, step.TimeMs);
        }
        else
        {
            Insert(new KeptSession(key, step));
        }
    }

    private void Extend(KeptSession session, StepRecord step)
    {
        _stepBytes -= session.StepBytes;
        session.Add(step, options.MaxStepsPerSession);
        _stepBytes += session.StepBytes;
    }

    private void Insert(KeptSession session)
    {
        var index = _keptCount;
        while (index > 0 && IsBefore(session, _kept[index - 1]))
        {
            index--;
        }

        if (_keptCount == _kept.Length)
        {
            Array.Resize(ref _kept, Math.Max(1, _keptCount * 2));
        }

        Array.Copy(_kept, index, _kept, index + 1, _keptCount++ - index);
        _kept[index] = session;
        _endInOrder &= EndsInOrder(index) && (index == _keptCount - 1 || EndsInOrder(index + 1));
        _stepBytes += session.StepBytes;
    }

    private void RemoveAt(int index)
    {
        Array.Copy(_kept, index + 1, _kept, index, --_keptCount - index);
        _kept[_keptCount] = null!;
    }

    private readonly bool EndsInOrder(int index) => index == 0 || _kept[index].EndMs >= _kept[index - 1].EndMs;

    private void DropBeyondLimits()
    {
        while (_keptCount > options.MaxSessionsKept || (_stepBytes > options.MaxStepBytes && _keptCount > 1))
        {
            var oldest = _kept[0];
            _droppedFromMs = _dropped == 0 ? oldest.StartMs : Math.Min(_droppedFromMs, oldest.StartMs);
            _droppedThroughMs = _dropped == 0 ? oldest.EndMs : Math.Max(_droppedThroughMs, oldest.EndMs);
            _dropped++;
            _stepBytes -= oldest.StepBytes;
            RemoveAt(0);
        }

        while (_stepBytes > options.MaxStepBytes && _kept[0].StepCount > 1)
        {
            _stepBytes -= _kept[0].StepBytes;
            _kept[0].DropFirstStep();
            _stepBytes += _kept[0].StepBytes;
        }
    }

    private static bool IsBefore(KeptSession left, KeptSession right) =>
        left.StartMs < right.StartMs || (left.StartMs == right.StartMs && string.CompareOrdinal(left.Key, right.Key) < 0);
}
