using System.Buffers;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Catalog;

/// <summary>One brand's activity. The order of events does not matter.</summary>
/// <param name="options">Limits.</param>
public sealed class BrandFold(CatalogOptions options) : EntityFold
{
    private const byte FormatVersion = 1;

    private ActivityTally _activity = new(options.MaxHoursKept);

    /// <inheritdoc/>
    public override bool IsEmpty => _activity.IsEmpty;

    /// <inheritdoc/>
    public override void Fold(ShopEvent shopEvent, long position)
    {
        ArgumentNullException.ThrowIfNull(shopEvent);
        _activity.Add(shopEvent);
    }

    /// <inheritdoc/>
    public override void Fetch(int step)
    {
        if (step == 0)
        {
            _activity.Fetch();
        }
    }

    /// <summary>The brand as told to others; null before the first event.</summary>
    public BrandView? ToView(string brand) => IsEmpty ? null : new BrandView(brand, _activity.ToActivity());

    /// <inheritdoc/>
    public override void WriteTo(IBufferWriter<byte> output)
    {
        var writer = new FormatWriter(output);
        writer.Byte(FormatVersion);
        _activity.WriteTo(writer);
    }

    /// <inheritdoc/>
    public override void ReadFrom(ReadOnlySpan<byte> stored)
    {
        var reader = new FormatReader(stored);
        reader.Version(FormatVersion, "brand");
        _activity.ReadFrom(ref reader);
        if (reader.Remaining != 0)
        {
            throw new DamagedFormatException($"{reader.Remaining} bytes after the brand");
        }
    }
}
