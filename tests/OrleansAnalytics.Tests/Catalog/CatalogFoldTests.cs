using CsCheck;
using OrleansAnalytics.Catalog;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Tests.Journeys;
using Xunit;

namespace OrleansAnalytics.Tests.Catalog;

public sealed class CatalogFoldTests
{
    private static readonly CatalogOptions FewHours = new() { MaxHoursKept = 3 };

    private static readonly Gen<(ShopEvent[] Events, ShopEvent[] Shuffled)> InTwoOrders =
        from events in RandomEvents.OfProducts
        where events.Length > 0
        from shuffled in Gen.Shuffle(events)
        select (events, shuffled.ToArray());

    [Fact]
    public void Products_categories_and_brands_do_not_depend_on_the_order_of_arrival() =>
        InTwoOrders.Sample(orders =>
        {
            Assert.Equal(Views(orders.Events), Views(orders.Shuffled));
        });

    [Fact]
    public void Activity_counts_every_event_and_keeps_the_newest_hours() =>
        InTwoOrders.Sample(orders =>
        {
            var events = orders.Events;
            var activity = new BrandFold(FewHours).FoldAll(events).ToView("b")!.Activity;
            Assert.Equal(events.Length, activity.Events);
            Assert.Equal(Kinds(events), activity.Kinds.OrderBy(k => k.Key).Select(k => (k.Key, k.Value)));
            Assert.Equal(Revenue(events), activity.Revenue.Units);
            Assert.Equal(events.Min(e => e.TimeMs), activity.FirstSeen.ToUnixTimeMilliseconds());
            Assert.Equal(events.Max(e => e.TimeMs), activity.LastSeen.ToUnixTimeMilliseconds());
            var hours = events.GroupBy(e => e.TimeMs / EventTime.HourMs).OrderBy(h => h.Key).TakeLast(3).ToArray();
            Assert.Equal(hours.Select(h => h.Key * EventTime.HourMs), activity.Hours.Select(h => h.Hour.ToUnixTimeMilliseconds()));
            foreach (var (expected, actual) in hours.Zip(activity.Hours))
            {
                Assert.Equal(Kinds(expected), actual.Kinds.OrderBy(k => k.Key).Select(k => (k.Key, k.Value)));
                Assert.Equal(Revenue(expected), actual.Revenue.Units);
            }
        });

    [Fact]
    public void A_product_has_what_the_last_events_told_of_it() =>
        InTwoOrders.Sample(orders =>
        {
            var inOrder = orders.Events.OrderBy(e => e.TimeMs).ThenBy(e => e.Id.High).ThenBy(e => e.Id.Low).ToArray();
            var product = new ProductFold(FewHours).FoldAll(orders.Events).ToView("p")!;
            var category = inOrder.LastOrDefault(e => e.CategoryId is not null || e.CategoryCode is not null);
            Assert.Equal((category?.CategoryId, category?.CategoryCode), (product.CategoryId, product.CategoryCode));
            Assert.Equal(inOrder.LastOrDefault(e => e.Brand is not null)?.Brand, product.Brand);
            Assert.Equal(inOrder.LastOrDefault(e => e.Price > Money.Zero)?.Price ?? Money.Zero, product.LastPrice);
        });

    [Fact]
    public void A_category_has_profiles_and_its_most_active_products() =>
        InTwoOrders.Sample(orders =>
        {
            var events = orders.Events;
            var category = new CategoryFold(FewHours).FoldAll(events).ToView("c")!;
            Assert.Equal(Enumerable.Range(0, 24).Select(h => $"{h:00}"), category.HourOfDay.Select(b => b.Label));
            Assert.Equal(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], category.Weekday.Select(b => b.Label));
            Assert.All(category.HourOfDay, (bucket, hour) => AssertBucket(events.Where(e => e.Time.Hour == hour), bucket));
            Assert.All(category.Weekday, (bucket, day) => AssertBucket(events.Where(e => ((int)e.Time.DayOfWeek + 6) % 7 == day), bucket));
            Assert.Equal(
                events.GroupBy(e => e.ProductId!).Select(p => new RankedProduct(p.Key, p.Count())).OrderByDescending(p => p.Events).ThenBy(p => p.ProductId, StringComparer.Ordinal),
                category.TopProducts);
            Assert.Equal(0, category.UnrankedEvents);
        });

    [Fact]
    public void Stored_folds_go_on_as_if_they_had_never_been_stored() =>
        Gen.Select(InTwoOrders, Gen.Int[0, 60]).Sample((orders, at) =>
        {
            var events = orders.Events;
            at = Math.Min(at, events.Length);
            Assert.Equal(
                RandomEvents.Text(new ProductFold(FewHours).FoldAll(events).ToView("x")), RandomEvents.Text(Continued(() => new ProductFold(FewHours), events, at).ToView("x")));
            Assert.Equal(
                RandomEvents.Text(new CategoryFold(FewHours).FoldAll(events).ToView("x")), RandomEvents.Text(Continued(() => new CategoryFold(FewHours), events, at).ToView("x")));
            Assert.Equal(
                RandomEvents.Text(new BrandFold(FewHours).FoldAll(events).ToView("x")), RandomEvents.Text(Continued(() => new BrandFold(FewHours), events, at).ToView("x")));
        });

    [Fact]
    public void Folds_that_are_cut_or_have_more_behind_them_are_refused() =>
        InTwoOrders.Sample(orders =>
        {
            AssertCutsAreRefused(() => new ProductFold(FewHours), orders.Events);
            AssertCutsAreRefused(() => new CategoryFold(FewHours), orders.Events);
            AssertCutsAreRefused(() => new BrandFold(FewHours), orders.Events);
        }, iter: 20);

    [Fact]
    public void A_category_with_a_wrong_bit_is_refused_or_can_be_told() =>
        Gen.Select(InTwoOrders, Gen.Int[0, int.MaxValue]).Sample((orders, at) =>
        {
            var stored = new CategoryFold(FewHours).FoldAll(orders.Events).Stored();
            stored[at / 8 % stored.Length] ^= (byte)(1 << (at % 8));
            var fold = new CategoryFold(FewHours);
            try
            {
                fold.ReadFrom(stored);
            }
            catch (DamagedFormatException)
            {
                return;
            }

            fold.ToView("c");
        }, iter: 2_000);

    [Fact]
    public void Fewer_hours_are_kept_when_the_option_was_lowered()
    {
        var events = Enumerable.Range(0, 5).Select(h => RandomEvents.Event(RandomEvents.StartMs + (h * EventTime.HourMs), EventKind.View, "p")).ToArray();
        var fold = new BrandFold(FewHours);
        fold.ReadFrom(new BrandFold(new CatalogOptions()).FoldAll(events).Stored());
        fold.Fold(RandomEvents.Event(RandomEvents.StartMs + (5 * EventTime.HourMs), EventKind.View, "p"), 6);
        Assert.Equal([3, 4, 5], fold.ToView("b")!.Activity.Hours.Select(h => h.Hour.Hour));
    }

    [Fact]
    public void Every_wrong_option_is_reported_at_once()
    {
        var wrong = new CatalogOptions { MaxHoursKept = 0, MaxProductsRanked = 1, TopProductsShown = 0 };
        Assert.Equal(3, new CatalogOptionsValidator().Validate(null, wrong).Failures!.Count());
        Assert.True(new CatalogOptionsValidator().Validate(null, new CatalogOptions()).Succeeded);
    }

    private static string Views(ShopEvent[] events) =>
        RandomEvents.Text(new ProductFold(FewHours).FoldAll(events).ToView("x"))
        + RandomEvents.Text(new CategoryFold(FewHours).FoldAll(events).ToView("x"))
        + RandomEvents.Text(new BrandFold(FewHours).FoldAll(events).ToView("x"));

    private static TFold Continued<TFold>(Func<TFold> empty, ShopEvent[] events, int at)
        where TFold : EntityFold
    {
        var read = empty().FoldAll(events);
        read.ReadFrom(empty().FoldAll(events[..at]).Stored());
        return read.FoldAll(events[at..], at);
    }

    private static void AssertCutsAreRefused<TFold>(Func<TFold> empty, ShopEvent[] events)
        where TFold : EntityFold
    {
        var stored = empty().FoldAll(events).Stored();
        for (var length = 0; length < stored.Length; length++)
        {
            Assert.Throws<DamagedFormatException>(() => empty().ReadFrom(stored.AsSpan(0, length)));
        }

        Assert.Throws<DamagedFormatException>(() => empty().ReadFrom([.. stored, 0]));
    }

    private static void AssertBucket(IEnumerable<ShopEvent> events, ProfileBucket bucket)
    {
        Assert.Equal(Kinds(events), bucket.Kinds.OrderBy(k => k.Key).Select(k => (k.Key, k.Value)));
        Assert.Equal(Revenue(events), bucket.Revenue.Units);
    }

    private static IEnumerable<(EventKind, long)> Kinds(IEnumerable<ShopEvent> events) =>
        events.CountBy(e => e.Kind).OrderBy(k => k.Key).Select(k => (k.Key, (long)k.Value));

    private static long Revenue(IEnumerable<ShopEvent> events) =>
        events.Where(e => e.Kind == EventKind.Purchase).Sum(e => e.Price.Units * e.Quantity);
}
