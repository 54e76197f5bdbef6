using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Tests.Cluster;
using OrleansAnalytics.Tests.Oracle;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

/// <summary>SQL over the lake gives the golden answers, and the tables of the live reports.</summary>
public sealed class GoldenLakeTests(GoldenLakeTests.Lakes lakes) : IClassFixture<GoldenLakeTests.Lakes>
{
    private static readonly string[] Samples = ["rees46-2019-10-01", "cosmetics-2022-10-01", "cosmetics-2022-11-01", "mangled-ids"];

    private static readonly ReportCatalog Catalog = new(Options.Create(new ReportOptions()));

    public static TheoryData<string, string> GoldenKeys() => Pairs(Samples.SelectMany(sample =>
    {
        using var golden = Golden(sample);
        return golden.RootElement.EnumerateObject().Where(key => key.Name != "journeys").Select(key => (sample, key.Name)).ToList();
    }));

    public static TheoryData<string, string> LiveReports() => Pairs(Samples.SelectMany(sample => ReportNames.All.Select(name => (sample, name))));

    [Theory]
    [MemberData(nameof(GoldenKeys))]
    public void Report_OfASample_IsTheGoldenAnswer(string sample, string report)
    {
        using var golden = Golden(sample);

        using var actual = JsonDocument.Parse(LakeReports.Run(lakes.Of(sample), report, TestContext.Current.CancellationToken).Json);

        Assert.Null(JsonEquality.Difference(golden.RootElement.GetProperty(report), actual.RootElement));
    }

    [Theory]
    [InlineData("rees46-2019-10-01")]
    [InlineData("cosmetics-2022-10-01")]
    public void Journeys_OfASample_AreTheGoldenOnes(string sample)
    {
        using var golden = Golden(sample);
        var expected = golden.RootElement.GetProperty("journeys");

        var journeys = LakeJourneys.Run(lakes.Of(sample), [.. expected.EnumerateObject().Select(user => user.Name), "nobody"], TestContext.Current.CancellationToken);

        using var actual = JsonDocument.Parse(journeys.ToJsonString());
        Assert.NotEmpty(expected.EnumerateObject());
        Assert.Null(JsonEquality.Difference(expected, actual.RootElement));
    }

    [Theory]
    [MemberData(nameof(LiveReports))]
    public void Report_ThatIsLiveToo_HasTheSameTable(string sample, string report)
    {
        var live = Catalog.Find(report)!.Compute(BatchOracle.From(SharedData.Path($"{sample}.csv")).Tallies);

        var actual = LakeReports.Run(lakes.Of(sample), report, TestContext.Current.CancellationToken);

        AssertSame(live, actual);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_report_of_generated_days_is_the_live_one(int seed)
    {
        var lines = Unordered(new GeneratedFile(6_000, (ulong)seed, days: 16).Lines, seed);
        var tallies = BatchOracle.FromLines(lines).Tallies;
        using var lake = new SampleLake();
        lake.Import(lines);
        using var database = lake.Open();

        Assert.All(Catalog.All, report => AssertSame(
            report.Compute(tallies), LakeReports.Run(database, report.Name, TestContext.Current.CancellationToken)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Pages_of_random_visits_are_the_live_ones(int seed)
    {
        var visits = RandomVisits(seed);
        var tallies = new SiteTallies { PageUsers = visits.Select(visit => visit.User).Distinct().Count() };
        Add(tallies.AllPages, visits);
        foreach (var page in visits.GroupBy(visit => visit.Url!))
        {
            Add(tallies.Pages[page.Key] = new PageTally(), [.. page]);
        }

        using var lake = SampleLake.Of(visits);
        using var database = lake.Open();

        AssertSame(Catalog.Find(ReportNames.Pages)!.Compute(tallies), LakeReports.Run(database, ReportNames.Pages, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Every_report_of_an_empty_lake_is_the_live_one()
    {
        using var lake = SampleLake.Of([]);
        using var database = lake.Open();

        Assert.All(Catalog.All, report => AssertSame(
            report.Compute(new SiteTallies()), LakeReports.Run(database, report.Name, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void Every_report_can_be_computed_of_every_sample() => Assert.All(Samples, sample => Assert.All(LakeReports.All, report =>
    {
        var computed = LakeReports.Run(lakes.Of(sample), report.Name, TestContext.Current.CancellationToken);
        Assert.All(computed.Table.Rows, row => Assert.Equal(computed.Table.Columns.Count, row.Length));
        JsonDocument.Parse(computed.Json).Dispose();
    }));

    private static void AssertSame(Report live, Report lake)
    {
        Assert.Equal(live.Table.Columns, lake.Table.Columns);
        Assert.Equal(live.Table.Rows, lake.Table.Rows);
        using var expected = JsonDocument.Parse(live.Json);
        using var actual = JsonDocument.Parse(lake.Json);
        Assert.Null(JsonEquality.Difference(expected.RootElement, actual.RootElement, live.Name));
    }

    // The rows in any order, a hundred of them twice, and some that are no events; in two hours of each day, so that there are few files.
    private static string[] Unordered(IReadOnlyList<string> lines, int seed)
    {
        var rows = lines.Skip(1).Select(row => $"{row[..11]}0{(row[12] - '0') % 2}{row[13..]}").ToArray();
        rows = [.. rows, .. rows.Take(100), "2019-10-01 00:00:00 UTC,view", rows[0] + ",", rows[0].Replace(',' + rows[0].Split(',')[2] + ',', ",2.10381E+18,", StringComparison.Ordinal)];
        new Random(seed).Shuffle(rows);
        return [lines[0], .. rows];
    }

    // Thirty pages, of which many are visited equally often; times of a minute, so that many visits have one time.
    private static MadeEvent[] RandomVisits(int seed)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, 200).Select(_ => new MadeEvent(
                string.Create(CultureInfo.InvariantCulture, $"2022-03-0{random.Next(1, 9)} 12:{random.Next(60):00}:00"), EventKind.Page, $"u{random.Next(40)}")
            {
                Url = $"/page/{random.Next(30)}", DurationMs = random.Next(100_000),
            }),
        ];
    }

    private static void Add(PageTally tally, MadeEvent[] visits)
    {
        tally.Visits = visits.Length;
        tally.DurationMs = visits.Sum(visit => visit.DurationMs);
        tally.FirstMs = visits.Min(visit => DateTimeOffset.Parse(visit.Time + "Z", CultureInfo.InvariantCulture).ToUnixTimeMilliseconds());
    }

    private static JsonDocument Golden(string sample) => JsonDocument.Parse(File.ReadAllText(SharedData.Path($"golden/{sample}.json")));

    private static TheoryData<string, string> Pairs(IEnumerable<(string Sample, string Report)> pairs)
    {
        var data = new TheoryData<string, string>();
        foreach (var (sample, report) in pairs)
        {
            data.Add(sample, report);
        }

        return data;
    }

    /// <summary>The lakes of the samples, each written and opened once.</summary>
    public sealed class Lakes : IDisposable
    {
        private readonly ConcurrentDictionary<string, (SampleLake Lake, LakeDatabase Database)> _lakes = new();

        public LakeDatabase Of(string sample) => _lakes.GetOrAdd(sample, static name =>
        {
            var lake = SampleLake.Of(name);
            return (lake, lake.Open());
        }).Database;

        public void Dispose()
        {
            foreach (var (lake, database) in _lakes.Values)
            {
                database.Dispose();
                lake.Dispose();
            }
        }
    }
}
