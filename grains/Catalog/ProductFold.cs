using System.Buffers;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Catalog;

/// <summary>
/// One product: its activity, and its category, brand and price as last told. Each of these three is told by the event with the highest event time
/// that names it (a category id or code; a brand; a price above zero); at the same time by the one with the highest event id. The order of arrival
/// does not matter.
/// </summary>
/// <param name="options">Limits.</param>
public sealed class ProductFold(CatalogOptions options) : EntityFold
{
    private const byte FormatVersion = 1;

    private ActivityTally _activity = new(options.MaxHoursKept);
    private LastTold<(string? Id, string? Code)> _category;
    private LastTold<string> _brand;
    private LastTold<Money> _price;

    /// <inheritdoc/>
    public override bool IsEmpty => _activity.IsEmpty;

    /// <inheritdoc/>
    public override void Fold(ShopEvent shopEvent, long position)
    {
        ArgumentNullException.ThrowIfNull(shopEvent);
        _activity.Add(shopEvent);
        if (shopEvent.CategoryId is not null || shopEvent.CategoryCode is not null)
        {
            _category.Offer(shopEvent, (shopEvent.CategoryId, shopEvent.CategoryCode));
        }

        if (shopEvent.Brand is not null)
        {
            _brand.Offer(shopEvent, shopEvent.Brand);
        }

        if (shopEvent.Price > Money.Zero)
        {
            _price.Offer(shopEvent, shopEvent.Price);
        }
    }

    /// <inheritdoc/>
    public override void Fetch(int step)
    {
        if (step == 0)
        {
            _activity.Fetch();
        }
    }

    /// <summary>The product as told to others; null before the first event.</summary>
    public ProductView? ToView(string productId) =>
        IsEmpty ? null : new(productId, _category.Value.Id, _category.Value.Code, _brand.Value, _price.Value, _activity.ToActivity());

    /// <inheritdoc/>
    public override void WriteTo(IBufferWriter<byte> output)
    {
        var writer = new FormatWriter(output);
        writer.Byte(FormatVersion);
        _activity.WriteTo(writer);
        if (_category.WriteTo(writer))
        {
            writer.Text(_category.Value.Id);
            writer.Text(_category.Value.Code);
        }

        if (_brand.WriteTo(writer))
        {
            writer.Text(_brand.Value);
        }

        if (_price.WriteTo(writer))
        {
            writer.Money(_price.Value);
        }
    }

    /// <inheritdoc/>
    public override void ReadFrom(ReadOnlySpan<byte> stored)
    {
        var reader = new FormatReader(stored);
        reader.Version(FormatVersion, "product");
        _activity.ReadFrom(ref reader);
        if (_category.ReadFrom(ref reader))
        {
            _category.Restore((reader.Text(), reader.Text()));
        }

        if (_brand.ReadFrom(ref reader))
        {
            _brand.Restore(reader.RequiredText());
        }

        if (_price.ReadFrom(ref reader))
        {
            _price.Restore(reader.Money());
        }

        if (reader.Remaining != 0)
        {
            throw new DamagedFormatException($"{reader.Remaining} bytes after the product");
        }
    }
}
