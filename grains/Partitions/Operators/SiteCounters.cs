using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>The partition's share of the site's counters: by hour and kind, by category with its profiles and days, by sub-category, by brand.</summary>
public sealed class SiteCounters(OperatorOptions options, LimitCounts limits) : IOperator
{
    /// <summary>Limit: more hours than counted.</summary>
    public const string HoursLimit = "hours";

    /// <summary>Limit: more categories than counted.</summary>
    public const string CategoriesLimit = "categories";

    /// <summary>Limit: more brands than counted.</summary>
    public const string BrandsLimit = "brands";

    /// <summary>Limit: more sub-categories than counted.</summary>
    public const string SubCategoriesLimit = "sub_categories";

    /// <summary>Limit: an event of a day before those for which events are known by category.</summary>
    public const string CategoryDaysLimit = "category_days";

    private readonly TallyTable<int, KindTally> _hours = new("hours/", buckets: 1024, hour => hour & 1023, new HourTallyFormat());
    private readonly TallyTable<string, CategoryTally> _categories = new(
        "categories/", buckets: 32, id => (int)(StoredHash.Of(id) & 31), new TextTallyFormat<CategoryTally>(Write, ReadCategory));

    private readonly TallyTable<string, KindTally> _brands = ByText("brands/");
    private readonly TallyTable<string, KindTally> _subCategories = ByText("sub-categories/");
    private readonly CategoryDays _categoryDays = new(options);

    /// <summary>By hour number.</summary>
    public IEnumerable<KeyValuePair<int, KindTally>> Hours => _hours.Rows;

    /// <summary>By category id.</summary>
    public IEnumerable<KeyValuePair<string, CategoryTally>> Categories => _categories.Rows;

    /// <summary>By brand.</summary>
    public IEnumerable<KeyValuePair<string, KindTally>> Brands => _brands.Rows;

    /// <summary>By the second part of the category's dotted name.</summary>
    public IEnumerable<KeyValuePair<string, KindTally>> SubCategories => _subCategories.Rows;

    /// <summary>Adds events by category and day, of the days that are known.</summary>
    public void CountCategoryDays(Dictionary<string, Dictionary<int, long>> into) => _categoryDays.CopyTo(into);

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
                if (!_categoryDays.TryCount(categoryId, EventTime.Day(shopEvent.TimeMs)))
                {
                    limits.Reached(CategoryDaysLimit);
                }
            }
            else
            {
                limits.Reached(CategoriesLimit);
            }
        }

        if (shopEvent.CategoryCode is { } code)
        {
            CountSubCategory(code, shopEvent);
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
        _subCategories.Capture(image);
        _categoryDays.Capture(image);
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts)
    {
        _hours.Restore(parts);
        _categories.Restore(parts);
        _brands.Restore(parts);
        _subCategories.Restore(parts);
        _categoryDays.Restore(parts);
    }

    private void CountSubCategory(string code, ShopEvent shopEvent)
    {
        var first = code.IndexOf('.', StringComparison.Ordinal);
        if (first < 0)
        {
            return;
        }

        var name = code.AsSpan(first + 1);
        var second = name.IndexOf('.');
        name = second < 0 ? name : name[..second];
        if (name.IsEmpty)
        {
            return;
        }

        if (_subCategories.TryGet(name, out var tally) || (tally = _subCategories.GetOrAdd(name.ToString(), options.MaxSubCategories)) is not null)
        {
            Count(tally, shopEvent);
        }
        else
        {
            limits.Reached(SubCategoriesLimit);
        }
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

    private static void Write(FormatWriter writer, CategoryTally tally)
    {
        TallyFormats.Write(writer, tally.HourOfDay);
        TallyFormats.Write(writer, tally.Weekday);
    }

    private static CategoryTally ReadCategory(ref FormatReader reader) =>
        new() { HourOfDay = TallyFormats.ReadBuckets(ref reader, 24), Weekday = TallyFormats.ReadBuckets(ref reader, 7) };

    private static TallyTable<string, KindTally> ByText(string partPrefix) => new(
        partPrefix, buckets: 32, name => (int)(StoredHash.Of(name) & 31), new TextTallyFormat<KindTally>(TallyFormats.Write, TallyFormats.ReadKinds));
}
