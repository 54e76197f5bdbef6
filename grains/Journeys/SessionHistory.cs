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
    private Place[] _kept = [];
    private int _keptCount;
    private long _dropped;
    private long _droppedFromMs;
    private long _droppedThroughMs;
    private int _stepBytes;

    /// <summary>All sessions, also dropped ones.</summary>
    public readonly long Count => _dropped + _keptCount;

    /// <summary>The kept sessions, by start, then key.</summary>
    public readonly IEnumerable<KeptSession> Kept => new ArraySegment<Place>(_kept, 0, _keptCount).Select(static place => place.Session);

    private readonly long TimeoutMs => options.SessionTimeout.Ticks / TimeSpan.TicksPerMillisecond;

    /// <summary>Counts an event to its session. In order and to the newest session: constant time.</summary>
    public void Add(string? key, StepRecord step)
    {
        var keyHash = HashOf(key);
        if (_keptCount > 0 && _kept[_keptCount - 1] is var newest && newest.IsOf(keyHash, key) && step.TimeMs >= newest.Session.StartMs && newest.Session.Joins(step.TimeMs, TimeoutMs))
        {
            // An earlier session of this key ends more than a timeout before this one starts, so the event cannot bridge the two.
            Extend(newest.Session, step);
        }
        else
        {
            AddAnywhere(key, keyHash, step);
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
            foreach (var place in _kept.AsSpan(0, _keptCount))
            {
                dropped = Math.Max(dropped, place.Session.DroppedThroughMs);
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
                Ahead.Fetch(kept[i].Session);
            }
            else
            {
                kept[i].Session?.Fetch();
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
        foreach (var place in _kept.AsSpan(0, _keptCount))
        {
            place.Session.WriteTo(writer, before);
            before = place.Session.StartMs;
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
        (_kept, _keptCount) = (new Place[count], 0);
        _stepBytes = 0;
        var before = 0L;
        for (var i = 0; i < count; i++)
        {
            var session = KeptSession.ReadFrom(ref reader, before);
            before = session.StartMs;
            _stepBytes += session.StepBytes;
            _kept[_keptCount++] = new Place(session);
        }
    }

    private void AddAnywhere(string? key, int keyHash, StepRecord step)
    {
        KeptSession? joined = null;
        for (var i = _keptCount - 1; i >= 0; i--)
        {
            if (!_kept[i].IsOf(keyHash, key))
            {
                continue;
            }

            var session = _kept[i].Session;
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
        while (index > 0 && IsBefore(session, _kept[index - 1].Session))
        {
            index--;
        }

        if (_keptCount == _kept.Length)
        {
            Array.Resize(ref _kept, Math.Max(1, _keptCount * 2));
        }

        Array.Copy(_kept, index, _kept, index + 1, _keptCount++ - index);
        _kept[index] = new Place(session);
        _stepBytes += session.StepBytes;
    }

    private void RemoveAt(int index)
    {
        Array.Copy(_kept, index + 1, _kept, index, --_keptCount - index);
        _kept[_keptCount] = default;
    }

    private void DropBeyondLimits()
    {
        while (_keptCount > options.MaxSessionsKept || (_stepBytes > options.MaxStepBytes && _keptCount > 1))
        {
            var oldest = _kept[0].Session;
            _droppedFromMs = _dropped == 0 ? oldest.StartMs : Math.Min(_droppedFromMs, oldest.StartMs);
            _droppedThroughMs = _dropped == 0 ? oldest.EndMs : Math.Max(_droppedThroughMs, oldest.EndMs);
            _dropped++;
            _stepBytes -= oldest.StepBytes;
            RemoveAt(0);
        }

        while (_stepBytes > options.MaxStepBytes && _kept[0].Session is { StepCount: > 1 } first)
        {
            _stepBytes -= first.StepBytes;
            first.DropFirstStep();
            _stepBytes += first.StepBytes;
        }
    }

    private static bool IsBefore(KeptSession left, KeptSession right) =>
        left.StartMs < right.StartMs || (left.StartMs == right.StartMs && string.CompareOrdinal(left.Key, right.Key) < 0);

    private static int HashOf(string? key) => key is null ? 0 : string.GetHashCode(key, StringComparison.Ordinal);

    /// <summary>A session and a hash of its key: busy users have hundreds of sessions, spread over memory, and who looks for one should not have to look at each.</summary>
    private readonly record struct Place(int KeyHash, KeptSession Session)
    {
        public Place(KeptSession session)
            : this(HashOf(session.Key), session)
        {
        }

        public bool IsOf(int keyHash, string? key) => KeyHash == keyHash && Session.Key == key;
    }
}
