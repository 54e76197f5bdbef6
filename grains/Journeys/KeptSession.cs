using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Journeys;

/// <summary>A session that is still kept: its window, its count and its newest steps.</summary>
internal sealed class KeptSession
{
    /// <summary>Of a session without a dropped step.</summary>
    public const long NothingDropped = long.MinValue;

    private StepLog _steps = new();
    private long _droppedThroughMs = NothingDropped;

    public KeptSession(string? key, StepRecord first)
    {
        (Key, StartMs, EndMs, Events) = (key, first.TimeMs, first.TimeMs, 1);
        _steps.Add(first);
    }

    private KeptSession()
    {
    }

    /// <summary>The shop's session key; null if it sends none.</summary>
    public string? Key { get; private set; }

    /// <summary>First event time.</summary>
    public long StartMs { get; private set; }

    /// <summary>Last event time.</summary>
    public long EndMs { get; private set; }

    /// <summary>All events, also those of dropped steps.</summary>
    public long Events { get; private set; }

    /// <summary>Encoded size of the kept steps.</summary>
    public int StepBytes => _steps.Bytes;

    /// <summary>Kept steps.</summary>
    public int StepCount => _steps.Count;

    /// <summary>True if an event at <paramref name="timeMs"/> lies within the timeout of this session.</summary>
    public bool Joins(long timeMs, long timeoutMs) => timeMs - EndMs <= timeoutMs && StartMs - timeMs <= timeoutMs;

    /// <summary>The time of the last dropped step, or <see cref="NothingDropped"/>.</summary>
    public long DroppedThroughMs => _droppedThroughMs;

    /// <summary>Fetches what the session refers to: see <see cref="Partitions.Ahead"/>.</summary>
    public void Fetch()
    {
        Partitions.Ahead.Fetch(Key);
        _steps.Fetch();
    }

    /// <summary>Adds an event that <see cref="Joins"/>.</summary>
    public void Add(StepRecord step, int maxSteps)
    {
        StartMs = Math.Min(StartMs, step.TimeMs);
        EndMs = Math.Max(EndMs, step.TimeMs);
        Events++;
        _steps.Add(step);
        DropStepsBeyond(maxSteps);
    }

    /// <summary>Takes over all of a session that turned out to be the same one.</summary>
    public void Merge(KeptSession other, int maxSteps)
    {
        StartMs = Math.Min(StartMs, other.StartMs);
        EndMs = Math.Max(EndMs, other.EndMs);
        Events += other.Events;
        _droppedThroughMs = Math.Max(_droppedThroughMs, other._droppedThroughMs);
        _steps.AddAll(other._steps);
        DropStepsBeyond(maxSteps);
    }

    /// <summary>Drops the oldest step; it stays counted.</summary>
    public void DropFirstStep() => _droppedThroughMs = Math.Max(_droppedThroughMs, _steps.DropFirst());

    /// <summary>True if dropped steps may have lain in [from, to).</summary>
    public bool IsTruncated(long fromMs, long toMs) => _droppedThroughMs != NothingDropped && _droppedThroughMs >= fromMs && StartMs < toMs;

    /// <summary>The kept steps, decoded.</summary>
    public List<StepRecord> Steps() => _steps.ToList();

    /// <summary>Writes the session; its start relative to <paramref name="beforeMs"/>.</summary>
    public void WriteTo(FormatWriter writer, long beforeMs)
    {
        writer.Text(Key);
        writer.Signed(StartMs - beforeMs);
        writer.Count(EndMs - StartMs);
        writer.Count(Events - _steps.Count);
        if (Events > _steps.Count)
        {
            writer.Count(_droppedThroughMs - StartMs);
        }

        _steps.WriteTo(writer);
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    /// <exception cref="DamagedFormatException">The bytes are no session.</exception>
    public static KeptSession ReadFrom(ref FormatReader reader, long beforeMs)
    {
        var session = new KeptSession { Key = reader.Text(), StartMs = EventTotals.StoredTime(unchecked(beforeMs + reader.Signed())) };
        session.EndMs = EventTotals.StoredTime(session.StartMs, reader.Count());
        var dropped = reader.Count();
        if (dropped > 0)
        {
            session._droppedThroughMs = EventTotals.StoredTime(session.StartMs, reader.Count());
        }

        session._steps = StepLog.ReadFrom(ref reader);
        session.Events = unchecked(dropped + session._steps.Count);
        return session;
    }

    private void DropStepsBeyond(int maxSteps)
    {
        while (_steps.Count > maxSteps)
        {
            DropFirstStep();
        }
    }
}
