using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>Page visits: all of them, by URL, and the distinct users who made them.</summary>
public sealed class PageOperator(OperatorOptions options, LimitCounts limits) : IOperator
{
    /// <summary>Limit: more pages than counted one by one.</summary>
    public const string PagesLimit = "pages";

    private const byte FormatVersion = 1;
    private const string AllPart = "pages/all";

    private readonly TallyTable<string, PageTally> _urls = new(
        "pages/urls/", buckets: 32, url => (int)(StoredHash.Of(url) & 31), new TextTallyFormat<PageTally>(TallyFormats.Write, TallyFormats.ReadPage));

    private readonly SegmentedSet<ulong> _users = new("pages/users", segmentSize: 8192);
    private PageTally _all = new();
    private bool _changed;

    /// <inheritdoc/>
    public void OnEvent(in OperatorInput input)
    {
        var shopEvent = input.Event;
        if (shopEvent.Kind != EventKind.Page)
        {
            return;
        }

        Count(_all, shopEvent);
        _changed = true;
        if (_users.Count < options.MaxDistinct)
        {
            _users.Add(input.UserHash);
        }
        else if (!_users.Contains(input.UserHash))
        {
            limits.Reached(VisitorOperator.DistinctLimit);
        }

        if (shopEvent.Url is not { } url)
        {
            return;
        }

        if (_urls.GetOrAdd(url, options.MaxPages) is { } page)
        {
            Count(page, shopEvent);
        }
        else
        {
            limits.Reached(PagesLimit);
        }
    }

    /// <summary>Adds all of it.</summary>
    public void CountInto(SiteTallies tallies)
    {
        tallies.AllPages.Add(_all);
        tallies.PageUsers += _users.Count;
        foreach (var (url, page) in _urls.Rows)
        {
            tallies.Pages[url] = page with { };
        }
    }

    /// <inheritdoc/>
    public void Capture(OperatorImage image)
    {
        if (!_changed)
        {
            return;
        }

        _changed = false;
        _urls.Capture(image);
        _users.Capture(image);
        image.Put(AllPart, output =>
        {
            var writer = new FormatWriter(output);
            writer.Byte(FormatVersion);
            TallyFormats.Write(writer, _all);
        });
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts)
    {
        _urls.Restore(parts);
        _users.Restore(parts);
        _all = new PageTally();
        _changed = false;
        if (!parts.TryGetValue(AllPart, out var stored))
        {
            return;
        }

        var reader = new FormatReader(stored.Span);
        reader.Version(FormatVersion, "page visits");
        _all = TallyFormats.ReadPage(ref reader);
        reader.End("page visits");
    }

    private static void Count(PageTally tally, ShopEvent shopEvent)
    {
        tally.FirstMs = tally.Visits == 0 ? shopEvent.TimeMs : Math.Min(tally.FirstMs, shopEvent.TimeMs);
        tally.Visits++;
        tally.DurationMs = long.CreateSaturating((Int128)tally.DurationMs + shopEvent.DurationMs);
    }
}
