using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>The partition's share of the site's counters: by hour and kind, by category with its profiles, by brand.</summary>
public sealed class SiteCounters(OperatorOptions options, LimitCounts limits) : IOperator
{
    /// <summary>Limit: more hours than counted.</summary>
    public const string HoursLimit = "hours";

    /// <summary>Limit: more categories than counted.</summary>
    public const string CategoriesLimit = "categories";

    /// <summary>Limit: more brands than counted.</summary>
    public const string BrandsLimit = "brands";

    private readonly TallyTable<int, KindTally> _hours = new("hours/", buckets: 1024, hour => hour & 1023, new HourTallyFormat());
    private readonly TallyTable<string, CategoryTally> _categories = new("categories/", buckets: 32, id => (int)(StoredHash.Of(id) & 31), new CategoryTallyFormat());
    private readonly TallyTable<string, KindTally> _brands = new("brands/", buckets: 32, name => (int)(StoredHash.Of(name) & 31), new BrandTallyFormat());

    /// <summary>By hour number.</summary>
    public IReadOnlyDictionary<int, KindTally> Hours => _hours.Rows;

    /// <summary>By category id.</summary>
    public IReadOnlyDictionary<string, CategoryTally> Categories => _categories.Rows;

    /// <summary>By brand.</summary>
    public IReadOnlyDictionary<string, KindTally> Brands => _brands.Rows;

    /// <inheritdoc/>
    public void OnEvent(in OperatorInput input)
    {
        var shopEvent = input.Event;
        if (_hours.GetOrAdd(EventTime.Hour(shopEvent.TimeMs), options.MaxHours) is { } hour)
        {
            Count(hour, shopEvent);
        }
        else
        {
            limits.Reached(HoursLimit);
        }

        if (shopEvent.CategoryId is { } categoryId)
        {
            if (_categories.GetOrAdd(categoryId, options.MaxCategories) is { } category)
            {
                Count(category.HourOfDay[EventTime.HourOfDay(shopEvent.TimeMs)] ??= new KindTally(), shopEvent);
                Count(category.Weekday[EventTime.Weekday(shopEvent.TimeMs)] ??= new KindTally(), shopEvent);
            }
            else
            {
                limits.Reached(CategoriesLimit);
            }
        }

        if (shopEvent.Brand is { } brandName)
        {
            if (_brands.GetOrAdd(brandName, options.MaxBrands) is { } brand)
            {
                Count(brand, shopEvent);
            }
            else
            {
                limits.Reached(BrandsLimit);
            }
        }
    }

    /// <inheritdoc/>
    public void Capture(OperatorImage image)
    {
        _hours.Capture(image);
        _categories.Capture(image);
        _brands.Capture(image);
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts)
    {
        _hours.Restore(parts);
        _categories.Restore(parts);
        _brands.Restore(parts);
    }

    private static void Count(KindTally tally, ShopEvent shopEvent)
    {
        var kind = shopEvent.Kind.Index();
        tally.Events[kind]++;
        tally.Price[kind] += shopEvent.Price;
        if (shopEvent.Kind == EventKind.Purchase)
        {
            tally.Revenue += shopEvent.Revenue;
        }
    }

    private sealed class HourTallyFormat : ITallyFormat<int, KindTally>
    {
        public KindTally New() => new();

        public void Write(FormatWriter writer, int hour, KindTally tally)
        {
            writer.Signed(hour);
            TallyFormats.Write(writer, tally);
        }

        public (int Key, KindTally Tally) Read(ref FormatReader reader) => ((int)reader.Signed(), TallyFormats.ReadKinds(ref reader));
    }

    private sealed class BrandTallyFormat : ITallyFormat<string, KindTally>
    {
        public KindTally New() => new();

        public void Write(FormatWriter writer, string brand, KindTally tally)
        {
            writer.Text(brand);
            TallyFormats.Write(writer, tally);
        }

        public (string Key, KindTally Tally) Read(ref FormatReader reader) => (reader.RequiredText(), TallyFormats.ReadKinds(ref reader));
    }

    private sealed class CategoryTallyFormat : ITallyFormat<string, CategoryTally>
    {
        public CategoryTally New() => new();

        public void Write(FormatWriter writer, string category, CategoryTally tally)
        {
            writer.Text(category);
            TallyFormats.Write(writer, tally.HourOfDay);
            TallyFormats.Write(writer, tally.Weekday);
        }

        public (string Key, CategoryTally Tally) Read(ref FormatReader reader) => (
            reader.RequiredText(),
            new CategoryTally { HourOfDay = TallyFormats.ReadBuckets(ref reader, 24), Weekday = TallyFormats.ReadBuckets(ref reader, 7) });
    }
}
