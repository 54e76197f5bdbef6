using System.Buffers;
using System.Globalization;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Catalog;

/// <summary>
/// One category: its activity, its profiles by hour of day and weekday (UTC), its most active products, and its dotted name as last told: by the
/// event with the highest event time that names it, at the same time by the one with the highest event id. The order of arrival does not matter,
/// except in a ranking that was full.
/// </summary>
/// <param name="options">Limits.</param>
public sealed class CategoryFold(CatalogOptions options) : EntityFold
{
    private const byte FormatVersion = 1;

    private ActivityTally _activity = new(options.MaxHoursKept);
    private readonly CategoryProfile _hourOfDay = new(24);
    private readonly CategoryProfile _weekday = new(7);
    private readonly ProductRanking _ranking = new(options.MaxProductsRanked);
    private LastTold<string> _code;

    /// <inheritdoc/>
    public override bool IsEmpty => _activity.IsEmpty;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The event has no product.</exception>
    public override void Fold(ShopEvent shopEvent, long position)
    {
        ArgumentNullException.ThrowIfNull(shopEvent);
        if (shopEvent.ProductId is null)
        {
            throw new ArgumentException($"a {shopEvent.Kind} event without a product", nameof(shopEvent));
        }

        _activity.Add(shopEvent);
        _hourOfDay.Add(EventTime.HourOfDay(shopEvent.TimeMs), shopEvent);
        _weekday.Add(EventTime.Weekday(shopEvent.TimeMs), shopEvent);
        _ranking.Add(shopEvent.ProductId);
        if (shopEvent.CategoryCode is not null)
        {
            _code.Offer(shopEvent, shopEvent.CategoryCode);
        }
    }

    /// <summary>The category as told to others; null before the first event.</summary>
    public CategoryView? ToView(string categoryId) =>
        IsEmpty
            ? null
            : new CategoryView(
                categoryId,
                _code.Value,
                _activity.ToActivity(),
                _hourOfDay.ToBuckets(static hour => hour.ToString("00", CultureInfo.InvariantCulture)),
                _weekday.ToBuckets(EventTime.WeekdayName),
                _ranking.Top(options.TopProductsShown))
            {
                UnrankedEvents = _ranking.UnrankedEvents,
            };

    /// <inheritdoc/>
    public override void WriteTo(IBufferWriter<byte> output)
    {
        var writer = new FormatWriter(output);
        writer.Byte(FormatVersion);
        _activity.WriteTo(writer);
        _hourOfDay.WriteTo(writer);
        _weekday.WriteTo(writer);
        _ranking.WriteTo(writer);
        if (_code.WriteTo(writer))
        {
            writer.Text(_code.Value);
        }
    }

    /// <inheritdoc/>
    public override void ReadFrom(ReadOnlySpan<byte> stored)
    {
        var reader = new FormatReader(stored);
        reader.Version(FormatVersion, "category");
        _activity.ReadFrom(ref reader);
        _hourOfDay.ReadFrom(ref reader);
        _weekday.ReadFrom(ref reader);
        _ranking.ReadFrom(ref reader);
        if (_code.ReadFrom(ref reader))
        {
            _code.Restore(reader.RequiredText());
        }

        if (reader.Remaining != 0)
        {
            throw new DamagedFormatException($"{reader.Remaining} bytes after the category");
        }
    }
}
