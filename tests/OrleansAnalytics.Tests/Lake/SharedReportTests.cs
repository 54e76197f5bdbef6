using System.Globalization;
using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Lake.Digests;
using OrleansAnalytics.Reports;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

/// <summary>A report is the same by itself and beside all others, and sessions are those that one gets by ordering the events.</summary>
public sealed class SharedReportTests
{
    private static readonly DateTime Begin = new(2019, 10, 1, 22, 0, 0, DateTimeKind.Utc);

    // Steps to and around the timeout, also none at all; so sessions go on, end and cross hours and the day.
    private static readonly Gen<int> Step = Gen.OneOf<int>(0, 0, 1, 20_000, 400_000, 1_799_999, 1_800_000, 1_800_001, 4_000_000);

    private static readonly Gen<MadeEvent> Event = Gen.Select(
        Gen.Enum<EventKind>(), Gen.Int[0, 3], Gen.OneOf<string?>(null, "s", "t"), Gen.Int[0, 4], Gen.OneOf<string?>(null, "1", "2"), Gen.OneOf<string?>(null, "acme", "bolt"), Gen.Int[0, 9],
        (kind, user, session, product, category, brand, price) => new MadeEvent("", kind, $"u{user}", session, $"p{product}")
        {
            Category = category,
            Brand = brand,
            Price = price + 0.25m,
            Quantity = 1 + (price % 3),
            Url = kind == EventKind.Page ? $"/{product}" : null,
            DurationMs = kind == EventKind.Page ? price : 0,
        });

    private static readonly Gen<MadeEvent[]> Shop = Gen.Select(Event, Step).Array[0, 60].Select(Placed).SelectMany(events => Gen.Shuffle(events));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Reports_are_the_same_one_by_one_and_all_together_of_events_and_of_digests() => Gen.Select(Shop, Gen.Int[0, 6]).Sample(
        (events, late) =>
        {
            using var lake = SampleLake.Of(events);

            // Of hours with two files events are read, of the others digests.
            lake.Add(new LakeManifest { Source = "import-late", Received = late }, [.. Enumerable.Range(0, late).Select(i => new MadeEvent($"2019-10-01 2{2 + (i % 2)}:10:0{i}", EventKind.Cart, "u1", "s").ToRow())]);
            using var alone = lake.Open();
            using var together = lake.Open();
            new LakeDigests(lake.Folder, alone.Options.SessionTimeout).Update(LakeDigestsTests.AtOnce, cancellationToken: Token);
            using var digestsAlone = lake.Open();
            using var digestsTogether = lake.Open();
            Assert.Empty(together.FilesDigested);
            Assert.Equal(alone.Files.GroupBy(LakeHours.FolderOf).Count(hour => hour.Count() == 1), digestsTogether.FilesDigested.Count);
            LakeReports.Share(together, cancellationToken: Token);
            LakeReports.Share(digestsTogether, cancellationToken: Token);
            Assert.All(LakeReports.All, report =>
            {
                var expected = LakeReports.Run(alone, report.Name, Token);
                Assert.All([together, digestsAlone, digestsTogether], database => AssertSame(expected, LakeReports.Run(database, report.Name, Token)));
            });
        },
        iter: 3,
        threads: 1);

    [Fact]
    public void Sessions_are_those_of_events_in_their_order() => Shop.Sample(
        events =>
        {
            using var lake = SampleLake.Of(events);
            if (events.Length % 2 == 0)
            {
                new LakeDigests(lake.Folder, LakeDigestsTests.AtOnce.SessionTimeout).Update(LakeDigestsTests.AtOnce, cancellationToken: Token);
            }

            using var database = lake.Open();
            database.AddDerivedViews();
            var runner = new SqlRunner(database);
            foreach (var (name, byOrder) in ByOrder)
            {
                Assert.Equal(runner.Trusted($"{byOrder} ORDER BY ALL", Token).Rows, runner.Trusted($"FROM {name} ORDER BY ALL", Token).Rows);
            }
        },
        iter: 8,
        threads: 1);

    [Fact]
    public void What_is_shared_can_be_computed_after_it_was_interrupted()
    {
        using var lake = SampleLake.Of("cosmetics-2022-10-01");
        using var database = lake.Open();
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => LakeReports.Share(database, new StopAt("answers", stop), stop.Token));

        LakeReports.Share(database, cancellationToken: Token);
        LakeReports.Share(database, cancellationToken: Token);

        using var alone = lake.Open();
        Assert.All(LakeReports.All, report => AssertSame(LakeReports.Run(alone, report.Name, Token), LakeReports.Run(database, report.Name, Token)));
    }

    // The views by the definition of a session, from events in their order.
    private static IEnumerable<(string View, string ByOrder)> ByOrder =>
    [
        ("(SELECT user_id, user_session, session_number, started, ended FROM session_spans)", "SELECT user_id, user_session, session_number, started, ended FROM sessions"),
        ("(SELECT user_id, user_session, session_number, product_id, outcome, carted, category_id, price FROM carts)", """
            SELECT
                user_id, user_session, session_number, product_id,
                CASE
                    WHEN max(step) FILTER (event_type = 'purchase') > min(step) FILTER (event_type = 'cart') THEN 'purchased'
                    WHEN arg_max(event_type, step) FILTER (event_type <> 'purchase') = 'remove_from_cart' THEN 'removed' ELSE 'abandoned'
                END,
                min(event_time) FILTER (event_type = 'cart'), arg_min_null(category_id, step) FILTER (event_type = 'cart'), arg_min(price, step) FILTER (event_type = 'cart')
            FROM session_events WHERE event_type IN ('cart', 'remove_from_cart', 'purchase') AND product_id IS NOT NULL
            GROUP BY ALL HAVING count(*) FILTER (event_type = 'cart') > 0
            """),
        ("funnels", Funnels("*, NULL AS key", "true", "")),
        ("category_funnels", Funnels("*, category_id AS key", "category_id IS NOT NULL AND event_type IN ('view', 'cart', 'purchase')", "key AS category_id,")),
        ("(SELECT date, viewed, carted, purchased, sum(sessions) FROM funnel_counts GROUP BY ALL)", "SELECT started::DATE, viewed, carted, purchased, count(*)::HUGEINT FROM funnels GROUP BY ALL"),
        ("(SELECT category_id, viewed, carted, purchased, sum(sessions) FROM category_funnel_counts GROUP BY ALL)", "SELECT category_id, viewed, carted, purchased, count(*)::HUGEINT FROM category_funnels GROUP BY ALL"),
    ];

    private static string Funnels(string columns, string where, string key) => $"""
        WITH keyed AS (SELECT {columns} FROM session_events WHERE {where}),
        viewed AS (SELECT *, min(event_time) FILTER (event_type = 'view') OVER (PARTITION BY user_id, user_session, session_number, key) AS first_view FROM keyed),
        carted AS (
            SELECT *, min(event_time) FILTER (event_type = 'cart' AND event_time >= first_view) OVER (PARTITION BY user_id, user_session, session_number, key) AS first_cart
            FROM viewed
        )
        SELECT
            user_id, user_session, session_number, {key} min(event_time) AS started, bool_or(first_view IS NOT NULL) AS viewed, bool_or(first_cart IS NOT NULL) AS carted,
            coalesce(bool_or(event_type = 'purchase' AND event_time >= first_cart), false) AS purchased
        FROM carted GROUP BY user_id, user_session, session_number, key
        """;

    private static MadeEvent[] Placed((MadeEvent Event, int StepMs)[] steps)
    {
        var time = Begin;
        var placed = new MadeEvent[steps.Length];
        for (var i = 0; i < steps.Length; i++)
        {
            time = time.AddMilliseconds(steps[i].StepMs);
            placed[i] = steps[i].Event with { Time = time.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture) };
        }

        return placed;
    }

    private static void AssertSame(Report expected, Report actual)
    {
        Assert.Equal(expected.Table.Columns, actual.Table.Columns);
        Assert.Equal(expected.Table.Rows, actual.Table.Rows);
        Assert.Equal(expected.Json, actual.Json);
    }

    private sealed class StopAt(string part, CancellationTokenSource stop) : IProgress<string>
    {
        public void Report(string value)
        {
            if (value == part)
            {
                stop.Cancel();
            }
        }
    }
}
