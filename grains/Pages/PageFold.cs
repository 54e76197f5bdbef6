using System.Buffers;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Pages;

/// <summary>One page: its visits and their durations. The order of events does not matter.</summary>
public sealed class PageFold : EntityFold
{
    private const byte FormatVersion = 1;
    private const int AverageDecimals = 4;

    private EventTotals _totals;
    private long _durationMs;

    /// <inheritdoc/>
    public override bool IsEmpty => _totals.Events == 0;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The event is no page visit, or its duration is negative.</exception>
    public override void Fold(ShopEvent shopEvent, long position)
    {
        ArgumentNullException.ThrowIfNull(shopEvent);
        if (shopEvent.Kind != EventKind.Page || shopEvent.DurationMs < 0)
        {
            throw new ArgumentException($"a {shopEvent.Kind} event of {shopEvent.DurationMs} ms is no page visit", nameof(shopEvent));
        }

        _totals.Add(shopEvent);
        _durationMs = checked(_durationMs + shopEvent.DurationMs);
    }

    /// <summary>The page as told to others; null before the first visit.</summary>
    public PageView? ToView(string url)
    {
        if (IsEmpty)
        {
            return null;
        }

        var seconds = _durationMs / 1000m;
        return new PageView(
            url, _totals.Events, seconds, decimal.Round(seconds / _totals.Events, AverageDecimals), _totals.FirstSeen, _totals.LastSeen);
    }

    /// <inheritdoc/>
    public override void WriteTo(IBufferWriter<byte> output)
    {
        var writer = new FormatWriter(output);
        writer.Byte(FormatVersion);
        _totals.WriteTo(writer);
        writer.Count(_durationMs);
    }

    /// <inheritdoc/>
    public override void ReadFrom(ReadOnlySpan<byte> stored)
    {
        var reader = new FormatReader(stored);
        reader.Version(FormatVersion, "page");
        _totals = EventTotals.ReadFrom(ref reader);
        _durationMs = reader.Count();
        if (reader.Remaining != 0)
        {
            throw new DamagedFormatException($"{reader.Remaining} bytes after the page");
        }
    }
}
