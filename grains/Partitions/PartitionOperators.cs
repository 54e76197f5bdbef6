using System.Runtime.ExceptionServices;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Partitions.Operators;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Partitions;

/// <summary>What becomes of a log entry.</summary>
public enum EntryOutcome : byte
{
    /// <summary>Counted; goes to its entities.</summary>
    Accepted = 0,

    /// <summary>Its id is known: dropped.</summary>
    Duplicate = 1,

    /// <summary>Goes to the dead letters.</summary>
    Rejected = 2,

    /// <summary>An operator threw: a defect; set aside.</summary>
    Defect = 3,
}

/// <summary>Told of an entry that an operator cannot count.</summary>
/// <param name="entry">The entry.</param>
/// <param name="defect">What the operator threw.</param>
public delegate void DefectHandler(in LogEntry entry, Exception defect);

/// <summary>
/// All operators of a partition at one position: what a checkpoint saves and a replay computes again. A function of the log alone.
/// </summary>
public sealed partial class PartitionOperators
{
    private const byte FormatVersion = 1;
    private const string CountsPart = "counts";
    private const int FetchedAhead = 8;

    private readonly LimitCounts _limits = new();
    private readonly Deduplicator _deduplicator;
    private readonly SessionOperator _sessions;
    private readonly VisitorOperator _visitors;
    private readonly SiteCounters _counters;
    private readonly RateOperator _rate;
    private readonly SpendOperator _spend;
    private readonly PageOperator _pages;
    private readonly IOperator[] _all;
    private readonly long _latenessMs;
    private IngestCounts _ingest = new();
    private long _maxTimeMs;
    private EntryOutcome[] _outcomes = [];
    private OperatorInput[] _inputs = [];

    // Which of the entries each of the inputs is.
    private int[] _accepted = [];

    /// <summary>Operators before the first event.</summary>
    public PartitionOperators(OperatorOptions options)
    {
        _latenessMs = (long)options.AllowedLateness.TotalMilliseconds;
        _deduplicator = new Deduplicator(options.DeduplicationWindow);
        _sessions = new SessionOperator(options, _limits);
        _visitors = new VisitorOperator(options, _limits);
        _counters = new SiteCounters(options, _limits);
        _rate = new RateOperator(options, _limits);
        _spend = new SpendOperator(options, _limits);
        _pages = new PageOperator(options, _limits);
        _all = [_sessions, _visitors, _counters, _rate, _spend, _pages];
    }

    /// <summary>The position of the last entry processed.</summary>
    public long Position { get; private set; }

    /// <summary>Accepted events behind the watermark.</summary>
    public long Late { get; private set; }

    /// <summary>The highest event time seen minus the allowed lateness, in milliseconds; 0 before the first event.</summary>
    public long WatermarkMs => _maxTimeMs == 0 ? 0 : Math.Max(0, _maxTimeMs - _latenessMs);

    /// <summary>Accepted, duplicates and rejected so far.</summary>
    public IngestCounts Ingest => _ingest;

    /// <summary>Limits reached so far.</summary>
    public IReadOnlyDictionary<string, long> LimitsReached => _limits.Snapshot();

    /// <summary>Decides on one entry and counts it. Entries come by increasing position.</summary>
    /// <exception cref="Exception">An operator cannot count it.</exception>
    public EntryOutcome Process(in LogEntry entry)
    {
        ExceptionDispatchInfo? defect = null;
        var outcome = Process([entry], (in _, exception) => defect = ExceptionDispatchInfo.Capture(exception))[0];
        defect?.Throw();
        return outcome;
    }

    /// <summary>
    /// Decides on entries and counts them; they come by increasing position. One operator after the other takes them all: what an operator looks up is
    /// not in the processor's caches, and look-ups of one loop wait for memory together.
    /// </summary>
    /// <param name="entries">The entries.</param>
    /// <param name="onDefect">Told when an operator throws. The same one in every replay, so going on leaves the same state every time.</param>
    /// <returns>An outcome for each entry; valid until the next call.</returns>
    public ReadOnlySpan<EntryOutcome> Process(ReadOnlySpan<LogEntry> entries, DefectHandler onDefect)
    {
        if (_outcomes.Length < entries.Length)
        {
            Array.Resize(ref _outcomes, entries.Length);
            Array.Resize(ref _inputs, entries.Length);
            Array.Resize(ref _accepted, entries.Length);
        }

        var accepted = 0;
        for (var i = 0; i < entries.Length; i++)
        {
            if (i + FetchedAhead < entries.Length)
            {
                _deduplicator.Fetch(IdOf(entries[i + FetchedAhead]));
            }

            _outcomes[i] = Decide(entries[i]);
            if (_outcomes[i] == EntryOutcome.Accepted)
            {
                _accepted[accepted] = i;
                _inputs[accepted++] = Accept(entries[i]);
            }
        }

        foreach (var one in _all)
        {
            Count(one, _inputs.AsSpan(0, accepted), entries, onDefect);
        }

        // Nothing of the chunk is to be held until the next one.
        Array.Clear(_inputs, 0, accepted);
        return _outcomes.AsSpan(0, entries.Length);
    }

    private void Count(IOperator one, ReadOnlySpan<OperatorInput> inputs, ReadOnlySpan<LogEntry> entries, DefectHandler onDefect)
    {
        for (var i = 0; i < inputs.Length; i++)
        {
            try
            {
                for (; i < inputs.Length; i++)
                {
                    one.Fetch(inputs[i..]);
                    one.OnEvent(inputs[i]);
                }
            }
            catch (Exception exception)
            {
                var index = _accepted[i];
                if (_outcomes[index] != EntryOutcome.Defect)
                {
                    _outcomes[index] = EntryOutcome.Defect;
                    Skipped.Add(entries[index].Position, entries[index].Position);
                    onDefect(entries[index], exception);
                }
            }
        }
    }

    private EntryOutcome Decide(in LogEntry entry)
    {
        Position = entry.Position;
        if (!_deduplicator.TryAccept(IdOf(entry)))
        {
            _ingest.Duplicates++;
            Skipped.Add(entry.Position, entry.Position);
            return EntryOutcome.Duplicate;
        }

        if (entry.Event is not null)
        {
            return EntryOutcome.Accepted;
        }

        Skipped.Add(entry.Position, entry.Position);
        var reason = entry.Rejection!.Reason;
        _ingest.Rejected[reason] = _ingest.Rejected.GetValueOrDefault(reason) + 1;
        return EntryOutcome.Rejected;
    }

    private static EventId IdOf(in LogEntry entry) => entry.Event?.Id ?? entry.Rejection!.Id;

    private OperatorInput Accept(in LogEntry entry)
    {
        _ingest.Accepted++;
        var shopEvent = entry.Event!;
        var watermark = WatermarkMs;
        Late += shopEvent.TimeMs < watermark ? 1 : 0;
        _maxTimeMs = Math.Max(_maxTimeMs, shopEvent.TimeMs);
        return new OperatorInput(shopEvent, entry.Position, StoredHash.Of(entry.Texts.User, shopEvent.UserId), watermark) { Texts = entry.Texts };
    }

    /// <summary>Moves over positions that hold nothing readable.</summary>
    public void SkipTo(long position)
    {
        if (position > Position)
        {
            Skipped.Add(Position + 1, position);
            Position = position;
        }
    }

    /// <summary>Moves over positions that never hold an entry.</summary>
    public void MoveTo(long position) => Position = Math.Max(Position, position);

    /// <summary>The parts that changed since the last capture, at <see cref="Position"/>.</summary>
    public OperatorImage Capture()
    {
        var image = new OperatorImage();
        _deduplicator.Capture(image);
        CaptureSkipped(image);
        foreach (var one in _all)
        {
            one.Capture(image);
        }

        image.Put(CountsPart, output =>
        {
            var writer = new FormatWriter(output);
            writer.Byte(FormatVersion);
            writer.Count(_ingest.Accepted);
            writer.Count(_ingest.Duplicates);
            writer.Count(_ingest.Rejected.Count);
            foreach (var (reason, count) in _ingest.Rejected)
            {
                writer.Byte((byte)reason);
                writer.Count(count);
            }

            writer.Count(Late);
            writer.Count(_maxTimeMs);
            _limits.WriteTo(writer);
        });
        return image;
    }

    /// <summary>Replaces all state by a captured one.</summary>
    /// <param name="position">The position it was captured at; 0 with no parts starts afresh.</param>
    /// <param name="parts">The parts of all captures up to it.</param>
    public void Restore(long position, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts)
    {
        Position = position;
        _deduplicator.Restore(parts);
        RestoreSkipped(parts);
        foreach (var one in _all)
        {
            one.Restore(parts);
        }

        _ingest = new IngestCounts();
        (Late, _maxTimeMs) = (0, 0);
        _limits.Clear();
        if (!parts.TryGetValue(CountsPart, out var stored))
        {
            return;
        }

        var reader = new FormatReader(stored.Span);
        reader.Version(FormatVersion, "partition counts");
        _ingest.Accepted = reader.Count();
        _ingest.Duplicates = reader.Count();
        for (var left = reader.Items(); left > 0; left--)
        {
            _ingest.Rejected[(RejectReason)reader.Byte()] = reader.Count();
        }

        Late = reader.Count();
        _maxTimeMs = reader.Count();
        _limits.ReadFrom(ref reader);
        reader.End("partition counts");
    }
}
