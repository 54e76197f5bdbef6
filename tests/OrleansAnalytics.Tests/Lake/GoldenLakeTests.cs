using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Tests.Oracle;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

/// <summary>SQL over the lake gives the golden answers, and the tables of the live reports.</summary>
public sealed class GoldenLakeTests(GoldenLakeTests.Lakes lakes) : IClassFixture<GoldenLakeTests.Lakes>
{
    private static readonly string[] Samples = ["rees46-2019-10-01", "cosmetics-2022-10-01", "cosmetics-2022-11-01", "mangled-ids"];

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
        var live = new ReportCatalog(Options.Create(new ReportOptions())).Find(report)!.Compute(BatchOracle.From(SharedData.Path($"{sample}.csv")).Tallies);

        var actual = LakeReports.Run(lakes.Of(sample), report, TestContext.Current.CancellationToken);

        Assert.Equal(live.Table.Columns, actual.Table.Columns);
        Assert.Equal(live.Table.Rows, actual.Table.Rows);
    }

    [Fact]
    public void Every_report_can_be_computed_of_every_sample() => Assert.All(Samples, sample => Assert.All(LakeReports.All, report =>
    {
        var computed = LakeReports.Run(lakes.Of(sample), report.Name, TestContext.Current.CancellationToken);
        Assert.All(computed.Table.Rows, row => Assert.Equal(computed.Table.Columns.Count, row.Length));
        JsonDocument.Parse(computed.Json).Dispose();
    }));

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
