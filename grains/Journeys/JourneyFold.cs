using System.Buffers;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Journeys;

/// <summary>
/// One user's journey: totals over all time, sessions with their steps, the cart. Nothing of it depends on the order in which events arrive, except
/// what a limit has dropped.
/// </summary>
/// <param name="options">Session timeout and limits.</param>
public sealed class JourneyFold(JourneyOptions options) : EntityFold
{
    private const byte FormatVersion = 1;

    private SessionHistory _sessions = new(options);
    private EventTotals _totals;
    private CartLines? _cart;

    /// <inheritdoc/>
    public override bool IsEmpty => _totals.Events == 0;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The event has no product (or, for a page visit, no URL), or no calendar has its time.</exception>
    public override void Fold(ShopEvent shopEvent, long position)
    {
        ArgumentNullException.ThrowIfNull(shopEvent);
        var subject = shopEvent.Kind == EventKind.Page ? shopEvent.Url : shopEvent.ProductId;
        if (subject is null)
        {
            throw new ArgumentException($"a {shopEvent.Kind} event without {(shopEvent.Kind == EventKind.Page ? "a URL" : "a product")}", nameof(shopEvent));
        }

        _totals.Add(shopEvent);
        _sessions.Add(shopEvent.SessionKey, new StepRecord(shopEvent.TimeMs, position, shopEvent.Kind, subject, shopEvent.Price));
        if (shopEvent.Kind is EventKind.Cart or EventKind.RemoveFromCart or EventKind.Purchase)
        {
            _cart ??= new CartLines();
            _cart.Add(shopEvent, options.MaxCartLines);
        }
    }

    /// <inheritdoc/>
    public override void Fetch(int step) => _sessions.Fetch(step);

    /// <summary>
    /// The journey, or null before the first event. Sessions and steps are those with an event time in [<paramref name="from"/>, <paramref name="to"/>);
    /// totals, and what is told of a session beside its steps, are whole.
    /// </summary>
    /// <param name="userId">Whose journey it is.</param>
    /// <param name="from">Begin of the period, inclusive; null for the first event.</param>
    /// <param name="to">End of the period, exclusive; null for the last event.</param>
    public Journey? ToJourney(string userId, DateTimeOffset? from = null, DateTimeOffset? to = null)
    {
        if (IsEmpty)
        {
            return null;
        }

        var (fromMs, toMs) = (CeilingMs(from) ?? long.MinValue, CeilingMs(to) ?? long.MaxValue);
        var sessions = new List<Session>();
        var truncated = _sessions.IsTruncated(fromMs, toMs) || _cart is { DroppedOpen: > 0 };
        for (var i = 0; i < _sessions.KeptCount; i++)
        {
            var head = _sessions.Head(i);
            truncated |= head.IsTruncated(fromMs, toMs);
            if (head.StartMs < toMs && head.EndMs >= fromMs && StepsWithin(i, fromMs, toMs) is { Count: > 0 } steps)
            {
                sessions.Add(new Session(_sessions.Key(i), Time(head.StartMs), Time(head.EndMs), head.Events, steps));
            }
        }

        return new Journey
        {
            UserId = userId,
            Events = _totals.Events,
            Kinds = _totals.Kinds.ToDictionary(),
            SessionCount = _sessions.Count,
            Revenue = _totals.Revenue,
            FirstSeen = _totals.FirstSeen,
            LastSeen = _totals.LastSeen,
            OpenCart = _cart?.Open() ?? [],
            Sessions = sessions,
            Truncated = truncated,
            KeptFrom = _sessions.KeptFromMs is { } keptFromMs ? Time(keptFromMs) : null,
        };
    }

    /// <inheritdoc/>
    public override void WriteTo(IBufferWriter<byte> output)
    {
        var writer = new FormatWriter(output);
        writer.Byte(FormatVersion);
        _totals.WriteTo(writer);
        _sessions.WriteTo(writer);
        writer.Byte((byte)(_cart is null ? 0 : 1));
        _cart?.WriteTo(writer, _totals.FirstMs);
    }

    /// <inheritdoc/>
    public override void ReadFrom(ReadOnlySpan<byte> stored)
    {
        var reader = new FormatReader(stored);
        reader.Version(FormatVersion, "journey");
        _totals = EventTotals.ReadFrom(ref reader);
        _sessions.ReadFrom(ref reader);
        _cart = reader.Byte() switch
        {
            0 => null,
            1 => CartLines.ReadFrom(ref reader, _totals.FirstMs),
            var other => throw new DamagedFormatException($"{other:x2} instead of a cart"),
        };
        if (reader.Remaining != 0)
        {
            throw new DamagedFormatException($"{reader.Remaining} bytes after the journey");
        }
    }

    private List<Step> StepsWithin(int session, long fromMs, long toMs)
    {
        var kept = new List<StepRecord>(_sessions.Head(session).StepCount);
        _sessions.CopySteps(session, kept);
        var steps = new List<Step>(kept.Count);
        foreach (var step in kept)
        {
            if (step.TimeMs >= fromMs && step.TimeMs < toMs)
            {
                steps.Add(new Step(Time(step.TimeMs), step.Kind, step.Subject, step.Price, step.Position));
            }
        }

        return steps;
    }

    private static DateTimeOffset Time(long timeMs) => DateTimeOffset.FromUnixTimeMilliseconds(timeMs);

    /// <summary>Event times are whole milliseconds, so a bound within a millisecond begins at the next one.</summary>
    private static long? CeilingMs(DateTimeOffset? time) =>
        time is null ? null : time.Value.ToUnixTimeMilliseconds() + (time.Value.Ticks % TimeSpan.TicksPerMillisecond == 0 ? 0 : 1);
}
