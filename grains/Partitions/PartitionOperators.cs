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
}

/// <summary>
/// All operators of a partition at one position: what a checkpoint saves and a replay computes again. A function of the log alone.
/// </summary>
public sealed class PartitionOperators
{
    private const byte FormatVersion = 1;
    private const string CountsPart = "counts";

    private readonly LimitCounts _limits = new();
    private readonly Deduplicator _deduplicator;
    private readonly SessionOperator _sessions;
    private readonly VisitorOperator _visitors;
    private readonly SiteCounters _counters;
    private readonly RateOperator _rate;
    private readonly IOperator[] _all;
    private readonly long _latenessMs;
    private IngestCounts _ingest = new();
    private long _maxTimeMs;

    /// <summary>Operators before the first event.</summary>
    public PartitionOperators(OperatorOptions options)
    {
        _latenessMs = (long)options.AllowedLateness.TotalMilliseconds;
        _deduplicator = new Deduplicator(options.DeduplicationWindow);
        _sessions = new SessionOperator(options, _limits);
        _visitors = new VisitorOperator(options, _limits);
        _counters = new SiteCounters(options, _limits);
        _rate = new RateOperator(options, _limits);
        _all = [_sessions, _visitors, _counters, _rate];
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
    public EntryOutcome Process(in LogEntry entry)
    {
        Position = entry.Position;
        if (!_deduplicator.TryAccept(entry.Event?.Id ?? entry.Rejection!.Id))
        {
            _ingest.Duplicates++;
            return EntryOutcome.Duplicate;
        }

        if (entry.Event is not { } shopEvent)
        {
            var reason = entry.Rejection!.Reason;
            _ingest.Rejected[reason] = _ingest.Rejected.GetValueOrDefault(reason) + 1;
            return EntryOutcome.Rejected;
        }

        _ingest.Accepted++;
        var watermark = WatermarkMs;
        if (shopEvent.TimeMs < watermark)
        {
            Late++;
        }

        var input = new OperatorInput(shopEvent, entry.Position, StoredHash.Of(shopEvent.UserId), watermark);
        foreach (var one in _all)
        {
            one.OnEvent(input);
        }

        _maxTimeMs = Math.Max(_maxTimeMs, shopEvent.TimeMs);
        return EntryOutcome.Accepted;
    }

    /// <summary>Moves over positions that hold nothing readable.</summary>
    public void SkipTo(long position) => Position = Math.Max(Position, position);

    /// <summary>The parts that changed since the last capture, at <see cref="Position"/>.</summary>
    public OperatorImage Capture()
    {
        var image = new OperatorImage();
        _deduplicator.Capture(image);
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

    /// <summary>What this partition holds for reports. A copy: it may leave the partition while events go on.</summary>
    public SiteTallies Tallies(int partition, TallyParts parts)
    {
        var tallies = new SiteTallies
        {
            AsOf = { [partition] = Position },
            WatermarkMs = WatermarkMs,
            Ingest = new IngestCounts { Accepted = _ingest.Accepted, Duplicates = _ingest.Duplicates, Rejected = new(_ingest.Rejected) },
            OverTheRate = _rate.OverTheRate,
            Late = Late,
            Sessions = _sessions.Sessions,
            Users = _visitors.Users,
        };
        if (parts.HasFlag(TallyParts.Hours))
        {
            Copy(_counters.Hours, tallies.Hours);
        }

        if (parts.HasFlag(TallyParts.Brands))
        {
            Copy(_counters.Brands, tallies.Brands);
        }

        if (parts.HasFlag(TallyParts.Categories))
        {
            foreach (var (id, category) in _counters.Categories)
            {
                tallies.Categories[id] = new CategoryTally { HourOfDay = [.. category.HourOfDay.Select(Copy)], Weekday = [.. category.Weekday.Select(Copy)] };
            }
        }

        if (parts.HasFlag(TallyParts.Carts))
        {
            _sessions.CountCarts(tallies.CartHours);
        }

        if (parts.HasFlag(TallyParts.Visitors))
        {
            _visitors.CountDays(tallies.VisitorsByDay);
        }

        if (parts.HasFlag(TallyParts.Totals))
        {
            tallies.ProductHashes.UnionWith(_visitors.Products);
        }

        return tallies;
    }

    private static void Copy<TKey>(IReadOnlyDictionary<TKey, KindTally> from, Dictionary<TKey, KindTally> to)
        where TKey : notnull
    {
        foreach (var (key, tally) in from)
        {
            to[key] = Copy(tally)!;
        }
    }

    private static KindTally? Copy(KindTally? tally) =>
        tally is null ? null : new KindTally { Events = [.. tally.Events], Price = [.. tally.Price], Revenue = tally.Revenue };
}
