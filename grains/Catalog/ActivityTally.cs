using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Catalog;

/// <summary>
/// What happened to one product, category or brand: totals over all time and the newest hours. Only sums and extremes, so the order of events
/// does not matter, not even at the limit: the newest hours with events are kept, whichever came first.
/// </summary>
/// <param name="maxHoursKept">Hours kept at most.</param>
internal struct ActivityTally(int maxHoursKept)
{
    private EventTotals _totals;
    private ActivityHours _hours = new(maxHoursKept);

    /// <summary>True before the first event.</summary>
    public readonly bool IsEmpty => _totals.Events == 0;

    /// <summary>Counts an event.</summary>
    public void Add(ShopEvent shopEvent)
    {
        _totals.Add(shopEvent);
        _hours.Add(EventTime.Hour(shopEvent.TimeMs), shopEvent.Kind, shopEvent.Revenue);
    }

    /// <summary>Fetches what the next event most likely needs: see <see cref="Partitions.Ahead"/>.</summary>
    public readonly void Fetch() => _hours.Fetch();

    /// <summary>The tally as told to others.</summary>
    public readonly Activity ToActivity() => new()
    {
        Events = _totals.Events,
        Kinds = _totals.Kinds.ToDictionary(),
        Revenue = _totals.Revenue,
        FirstSeen = _totals.FirstSeen,
        LastSeen = _totals.LastSeen,
        Hours = _hours.ToActivity(),
    };

    /// <summary>Writes the tally.</summary>
    public readonly void WriteTo(FormatWriter writer)
    {
        _totals.WriteTo(writer);
        _hours.WriteTo(writer);
    }

    /// <summary>Replaces the tally by a stored one.</summary>
    /// <exception cref="DamagedFormatException">The bytes are no tally.</exception>
    public void ReadFrom(ref FormatReader reader)
    {
        _totals = EventTotals.ReadFrom(ref reader);
        _hours.ReadFrom(ref reader);
    }
}
